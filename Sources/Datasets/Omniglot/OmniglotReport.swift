// `data verify`: everything that is wrong with a copy of Omniglot, at once.

public import TensorCore

/// What a look at every file of Omniglot found.
public struct OmniglotReport: Sendable {
    /// One split.
    public struct Part: Sendable {
        /// Which split.
        public let split: Split
        /// The number of alphabets with at least one whole character.
        public let alphabets: Int
        /// The number of characters with 20 good drawings.
        public let characters: Int
        /// The number of good drawings.
        public let drawings: Int
        /// The checksum of the whole characters.
        public let checksum: SHA256.Digest
        /// Whether this is the content that published numbers were measured on.
        public let isKnown: Bool
        /// Everything that is wrong, in order.
        public let faults: [DatasetError]
    }

    /// Both splits, `background` first.
    public let parts: [Part]

    /// Whether nothing is wrong.
    public var isWhole: Bool { parts.allSatisfy(\.faults.isEmpty) }
}

extension Omniglot {
    /// Reads every file of both splits, and goes on after faults: bad images, wrong sizes, missing drawings, and a number
    /// of characters or alphabets other than the official one.
    public func verify() -> OmniglotReport {
        OmniglotReport(
            parts: Split.allCases.map { split in
                let inspection = inspect(split)
                let set = DrawingSet(split: split, characters: inspection.characters)
                let faults = inspection.faults + Self.miscounts(set)
                return OmniglotReport.Part(
                    split: split, alphabets: set.alphabets.count, characters: set.characters.count,
                    drawings: inspection.drawings, checksum: set.checksum,
                    isKnown: set.checksum.description == split.knownChecksum, faults: faults)
            })
    }

    private static func miscounts(_ set: DrawingSet) -> [DatasetError] {
        let official = Glyphs.Size.omniglot(set.split)
        let counts = [
            ("characters", set.characters.count, official.characters),
            ("alphabets", set.alphabets.count, official.alphabets),
        ]
        return counts.filter { $0.1 != $0.2 }.map { what, found, expected in
            .wrongDrawers(character: set.split.folderName, reason: "it has \(found) whole \(what), not \(expected)")
        }
    }
}
