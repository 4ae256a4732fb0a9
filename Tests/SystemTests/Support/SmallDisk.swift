// A disk that is soon full.

import Foundation

/// A disk in memory of a few pages.
struct SmallDisk {
    /// Whether this process may mount one.
    static let mayMount: Bool = {
        let folder = TemporaryFolder()
        guard let disk = SmallDisk(at: folder.url.path, kibibytes: 64) else { return false }
        disk.unmount()
        return true
    }()

    private let path: String

    init?(at path: String, kibibytes: Int) {
        self.path = path
        guard Self.run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", path) else { return nil }
    }

    func unmount() {
        _ = Self.run("umount", path)
    }

    private static func run(_ words: String...) -> Bool {
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        program.arguments = words
        program.standardError = FileHandle.nullDevice
        guard (try? program.run()) != nil else { return false }
        program.waitUntilExit()
        return program.terminationStatus == 0
    }
}
