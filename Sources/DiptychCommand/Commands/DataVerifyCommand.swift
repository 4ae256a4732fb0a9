// `diptych data verify`: everything that is wrong with a copy of a data set.

import Diptych

/// `diptych data verify`.
package struct DataVerifyCommand: Command {
    package var source = ""
    package var json = false

    package init() {}

    package static let name = "data verify"
    package static let summary = "Read every file of a data set, and name all faults"
    package static let discussion = """
        For Omniglot both splits are read to the end: bad images, wrong sizes, missing
        drawings, wrong numbers of characters. Exits 65 where anything is wrong.
        """
    package static let operands: [Operand<Self>] = [
        .required("SOURCE", \.source, .dataSource, "omniglot:DIR, images:DIR, pairs:FILE, glyphs, or a path")
    ]
    package static let options: [Option<Self>] = [.json(\.json)]
    package static let examples = [
        Example("diptych data verify ~/omniglot", "a folder with the two zips, or with what was in them"),
        Example("diptych data verify pairs:views.safetensors --json", "for a script"),
    ]

    package func run(on console: Console) throws -> ExitCode {
        let source = try DataSource(argument: source)
        let parts: [VerifiedPart]
        switch source {
        case .omniglot(let folder): parts = Omniglot(folder: folder).verify().parts.map(VerifiedPart.init)
        case .glyphs, .images, .pairs: parts = try VerifiedPart.parts(of: source)
        }
        let faults = parts.flatMap(\.faults)
        if json {
            try StandardOutput.write(report(source, parts).lines)
        } else {
            for fault in faults { console.error(fault) }
            try StandardOutput.line(table(parts))
        }
        return faults.isEmpty ? .done : .badInput
    }

    private func report(_ source: DataSource, _ parts: [VerifiedPart]) -> JSONValue {
        [
            "source": .string(source.description), "isWhole": .bool(parts.allSatisfy(\.faults.isEmpty)),
            "parts": .array(parts.map(\.json)),
        ]
    }

    private func table(_ parts: [VerifiedPart]) -> String {
        var table = Table([.text("part"), .text("content"), .number("faults"), .text("SHA-256 of the content")])
        for part in parts { table.add([part.name, part.content, "\(part.faults.count)", part.sha256]) }
        return table.text
    }
}

/// What was found in one part of a data set.
private struct VerifiedPart {
    let name: String
    var counts: [(name: String, count: Int)] = []
    var faults: [String] = []
    let sha256: String
    var isKnown: Bool?

    init(_ part: OmniglotReport.Part) {
        name = part.split.description
        counts = [("alphabets", part.alphabets), ("characters", part.characters), ("drawings", part.drawings)]
        faults = part.faults.map(\.description)
        sha256 = part.checksum.description
        isKnown = part.isKnown
    }

    private init(name: String, sha256: String) {
        (self.name, self.sha256) = (name, sha256)
    }

    /// The parts of a data set that is read as a whole or not at all.
    static func parts(of source: DataSource) throws(DatasetError) -> [VerifiedPart] {
        let dataset = try Dataset(source)
        var parts = try dataset.checksums().map { VerifiedPart(name: $0.part, sha256: $0.digest.description) }
        switch dataset {
        case .drawings(let background, let evaluation):
            for (index, set) in [background, evaluation].enumerated() {
                parts[index].counts = [
                    ("alphabets", set.alphabets.count), ("characters", set.characters.count),
                    ("drawings", set.characters.reduce(0) { $0 + $1.drawings.count }),
                ]
            }
        case .images(let folder):
            parts[0].counts = [("classes", folder.classes.count), ("images", folder.images.count)]
            parts[0].faults = folder.skipped.map(\.reason)
        case .pairs(let file):
            parts[0].counts = [("pairs", try RecordedPairs(file: file, pairsPerBatch: 1).count)]
        }
        return parts
    }

    /// `30 alphabets, 964 characters, 19280 drawings`.
    var content: String {
        let known = isKnown.map { $0 ? ["as published"] : ["not as published"] } ?? []
        return (counts.map { "\($0.count) \($0.name)" } + known).joined(separator: ", ")
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [.init("name", .string(name))]
        members += counts.map { .init($0.name, .integer($0.count)) }
        members.append(.init("sha256", .string(sha256)))
        if let isKnown { members.append(.init("isKnown", .bool(isKnown))) }
        members.append(.init("faults", .array(faults.map(JSONValue.string))))
        return .object(members)
    }
}
