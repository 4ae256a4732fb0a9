// Omniglot (Lake, Salakhutdinov, Tenenbaum, "Human-level concept learning through probabilistic program induction",
// Science 2015) from its two official zips or their unpacked folders.

extension Split {
    /// `DrawingSet.checksum` of the split of Omniglot on which raw pixels reach 20.03%.
    package var knownChecksum: String {
        switch self {
        case .background: "5acda01a010dea120de60b255776240eb88cad027b694d6eb2847d1913713b89"
        case .evaluation: "59c4f01f37026172e74bca8d481cf5d1ff34f8f84b4e149cf670bfd552be3e32"
        }
    }
}

/// The data set Omniglot in a folder.
public struct Omniglot: Sendable {
    /// The folder that holds `images_background` and `images_evaluation`, as folders or with the ending `.zip`.
    public let folder: String

    /// Makes the data set in `folder`; nothing is read yet.
    public init(folder: String) {
        self.folder = folder
    }

    /// Reads one split: from its folder where there is one, else from its zip.
    ///
    /// Characters are sorted by alphabet and name, drawings by drawer, whatever the order on the disk. Throws
    /// `missingSplit`, and the first fault in the order of the files.
    public func drawings(_ split: Split) throws(DatasetError) -> DrawingSet {
        let inspection = inspect(split)
        if let fault = inspection.faults.first { throw fault }
        return DrawingSet(split: split, characters: inspection.characters)
    }

    /// What reading one split found: the whole characters, and every fault.
    struct Inspection {
        var characters: [DrawnCharacter] = []
        var drawings = 0
        var faults: [DatasetError] = []
    }

    /// Reads one split and goes on after faults.
    func inspect(_ split: Split) -> Inspection {
        var inspection = Inspection()
        let entries = entries(split, faults: &inspection.faults)
        let decoded = Parallel.map(entries.count) { index -> Result<PackedDrawing, DatasetError> in
            Result { () throws(DatasetError) in try entries[index].drawing() }
        }
        inspection.collect(entries, decoded, split)
        return inspection
    }

    private func entries(_ split: Split, faults: inout [DatasetError]) -> [OmniglotEntry] {
        var entries: [OmniglotEntry] = []
        do throws(DatasetError) {
            let path = folder + "/" + split.folderName
            if FolderReader.isFolder(path) {
                try Self.readFolder(path, split, into: &entries, faults: &faults)
            } else if FolderReader.isFile(path + ".zip") {
                try Self.readZip(path + ".zip", split, into: &entries, faults: &faults)
            } else if FolderReader.isFolder(folder) {
                throw .missingSplit(folder: folder, split: split)
            } else {
                throw .cannotRead(path: folder, reason: "there is no such folder")
            }
        } catch {
            faults.append(error)
        }
        return entries
    }

    private static func readZip(
        _ path: String, _ split: Split, into entries: inout [OmniglotEntry], faults: inout [DatasetError]
    ) throws(DatasetError) {
        var reader = try ArchiveReader(path)
        while let file = try reader.next() {
            let parts = file.name.split(separator: "/").map(String.init)
            // What Mac OS adds: `__MACOSX/`, `.DS_Store`, `._name`.
            if parts.first == "__MACOSX" || parts.last?.hasPrefix(".") != false { continue }
            add(&entries, &faults) { () throws(DatasetError) in
                let place = "\(path), entry \(file.name)"
                return try OmniglotEntry(path: parts, split: split, content: .bytes(file.bytes), place: place)
            }
        }
    }

    private static func readFolder(
        _ path: String, _ split: Split, into entries: inout [OmniglotEntry], faults: inout [DatasetError]
    ) throws(DatasetError) {
        for alphabet in try FolderReader.names(in: path) {
            for character in try FolderReader.names(in: "\(path)/\(alphabet)") {
                for name in try FolderReader.names(in: "\(path)/\(alphabet)/\(character)") {
                    let place = "\(path)/\(alphabet)/\(character)/\(name)"
                    let parts = [split.folderName, alphabet, character, name]
                    add(&entries, &faults) { () throws(DatasetError) in
                        try OmniglotEntry(path: parts, split: split, content: .file(place), place: place)
                    }
                }
            }
        }
    }

    private static func add(
        _ entries: inout [OmniglotEntry], _ faults: inout [DatasetError],
        _ entry: () throws(DatasetError) -> OmniglotEntry
    ) {
        do throws(DatasetError) { entries.append(try entry()) } catch { faults.append(error) }
    }
}
