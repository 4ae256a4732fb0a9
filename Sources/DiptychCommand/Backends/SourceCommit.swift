// The commit of the checkout in whose build folder the program lies.

import Foundation

/// The commit of the source around a program.
enum SourceCommit {
    /// What git says of the checkout in whose `.build` folder the running program lies: the commit in hexadecimal
    /// digits, with `-dirty` behind it where files differ from it; `nil` for a program elsewhere, and without git.
    ///
    /// It is asked for when a run begins: a program that was not built since the last commit bears the newer one.
    static var current: String? {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
        return checkout(around: program).flatMap(describe)
    }

    /// The folder that holds the `.build` folder which holds `program`.
    static func checkout(around program: URL) -> URL? {
        var folder = program
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if folder.lastPathComponent == ".build" { return folder.deletingLastPathComponent() }
        }
        return nil
    }

    private static func describe(_ checkout: URL) -> String? {
        guard FileManager.default.fileExists(atPath: checkout.appending(path: ".git").path) else { return nil }
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments =
            ["git", "--no-optional-locks", "-C", checkout.path]
            + ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        let output = Pipe()
        (git.standardOutput, git.standardError, git.standardInput) = (
            output, FileHandle.nullDevice, FileHandle.nullDevice
        )
        guard (try? git.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
