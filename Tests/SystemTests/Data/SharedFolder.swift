// Data beside the repository, which tests use where it is present.

import Foundation

/// The folder `shared` beside the repository, or where `DIPTYCH_SHARED` says.
enum SharedFolder {
    /// The path of `name` in the folder, or nil where it is not there.
    static func path(_ name: String) -> String? {
        let beside = URL(fileURLWithPath: #filePath).appending(path: "../../../../../shared").standardizedFileURL.path
        let folder = ProcessInfo.processInfo.environment["DIPTYCH_SHARED"] ?? beside
        let path = folder + "/" + name
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}

/// Whether the tests were built with optimization: what computes much is skipped without.
var isOptimized: Bool {
    #if DEBUG
        false
    #else
        true
    #endif
}
