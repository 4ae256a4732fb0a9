// The list of files that were whole when a kernel cache was last sealed.

import FoundationEssentials
import Glibc

/// Path and size of every file of a kernel cache, kept beside it: one line each, size first.
///
/// A line cut short does not count, so a damaged list costs compilation and nothing else.
struct CacheManifest {
    let file: String

    /// Lists the files of `folder` as they are.
    func record(_ folder: CacheFolder) {
        let lines = folder.fileSizes().filter { $0.value > 0 }.map { "\($0.value) \($0.key)\n" }
        write(lines.sorted().joined())
    }

    /// Puts `list` in place in one step; without space for it there is no list, and the next run compiles.
    func write(_ list: String) {
        try? Data(list.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// Takes the list off the disk.
    func withdraw() -> String? {
        defer { unlink(file) }
        return FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Removes every program in which a file is missing, new, or of another size than in `list`.
    func removeUnlisted(by list: String, from folder: CacheFolder) {
        let listed = sizes(in: list)
        let present = folder.fileSizes().filter { !isMark($0.key) }
        let suspects = Set(listed.keys).union(present.keys).filter { listed[$0] != present[$0] }
        for program in Set(suspects.map(program(of:))) {
            try? FileManager.default.removeItem(atPath: folder.path + "/" + program)
        }
    }

    private func sizes(in list: String) -> [String: Int] {
        var sizes: [String: Int] = [:]
        let wholeLines = list.lastIndex(of: "\n").map { list[..<$0] } ?? ""
        for line in wholeLines.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let size = Int(parts[0]), !parts[1].contains("..") else { continue }
            sizes[String(parts[1])] = size
        }
        return sizes
    }

    /// PoCL keeps a program in `<two letters>/<the rest of its hash>/`; a loose file is what a crash left.
    private func program(of file: String) -> String {
        file.split(separator: "/").prefix(2).joined(separator: "/")
    }

    /// The empty file whose date says when a program was last used.
    private func isMark(_ file: String) -> Bool { file.hasSuffix("/last_accessed") }
}
