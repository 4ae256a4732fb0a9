// The commit that the program was built from, where it still lies in its checkout.

import Foundation

/// The commit of the source around a program.
enum SourceCommit {
    /// The commit of the checkout that holds the running program, in hexadecimal digits; `nil` for an installed one.
    static var current: String? {
        guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
        return find(from: program.deletingLastPathComponent())
    }

    /// The commit of the checkout that holds `folder`.
    static func find(from folder: URL) -> String? {
        var folder = folder
        while folder.path != "/" {
            let git = folder.appending(path: ".git")
            if FileManager.default.fileExists(atPath: git.path) { return commit(of: git) }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// What HEAD is; in a linked worktree `.git` is a file that names the folder.
    private static func commit(of git: URL) -> String? {
        var git = git
        if let link = text(git), let path = value(of: "gitdir:", in: link) {
            git = URL(fileURLWithPath: path, relativeTo: git.deletingLastPathComponent())
        }
        guard let head = text(git.appending(path: "HEAD")) else { return nil }
        guard let reference = value(of: "ref:", in: head) else { return head }
        let common = text(git.appending(path: "commondir")).map { URL(fileURLWithPath: $0, relativeTo: git) } ?? git
        if let commit = text(common.appending(path: reference)) { return commit }
        let packed = text(common.appending(path: "packed-refs"))?.split(separator: "\n") ?? []
        return packed.first { $0.hasSuffix(" " + reference) }.map { String($0.prefix { $0 != " " }) }
    }

    private static func value(of key: String, in line: String) -> String? {
        line.hasPrefix(key) ? line.dropFirst(key.count).trimmingCharacters(in: .whitespaces) : nil
    }

    private static func text(_ file: URL) -> String? {
        (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
