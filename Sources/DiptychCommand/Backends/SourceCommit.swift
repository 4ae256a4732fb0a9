// The commit that the program was built from.

import FoundationEssentials
import Glibc

/// The commit of the source around a program.
enum SourceCommit {
    /// What git says of the checkout in whose `.build` folder the running program lies: the commit in hexadecimal
    /// digits, with `-dirty` behind it where files differ from it; of a program from a bundle, what the bundle notes;
    /// `nil` for a program elsewhere, and without git.
    ///
    /// It is asked for when a run begins: a program that was not built since the last commit bears the newer one.
    static var current: String? {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        let place = URL(fileURLWithPath: program)
        return checkout(around: place).map(describe) ?? noted(beside: place)
    }

    /// What the file `COMMIT` of a bundle says, in whose folder `bin` the program lies.
    private static func noted(beside program: URL) -> String? {
        let bundle = program.deletingLastPathComponent().deletingLastPathComponent()
        let note = try? String(contentsOfFile: bundle.appending(path: "COMMIT").path, encoding: .utf8)
        guard let commit = note?.split(separator: "\n").first, commit.prefix(40).allSatisfy(\.isHexDigit) else {
            return nil
        }
        return String(commit)
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
        let arguments =
            ["git", "--no-optional-locks", "-C", checkout.path]
            + ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        return output(of: arguments)?.split(separator: "\n").first.map(String.init)
    }

    /// What a program of the `PATH` prints; `nil` where it cannot be run, or fails.
    private static func output(of arguments: [String]) -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        for (stream, mode) in [(STDIN_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", mode, 0)
        }
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let isRunning = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ) == 0
        close(ends[1])
        defer { close(ends[0]) }
        guard isRunning else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        var status: Int32 = 0
        guard waitpid(process, &status, 0) == process, status == 0 else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
