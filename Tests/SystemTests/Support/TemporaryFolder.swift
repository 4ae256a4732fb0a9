// A folder for one test, and the places in the repository.

import Foundation

/// A new folder that goes with this object.
final class TemporaryFolder: Sendable {
    let url = FileManager.default.temporaryDirectory.appending(path: "diptych-" + UUID().uuidString)

    init() {
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of `name` in the folder.
    func path(_ name: String) -> String { url.path + "/" + name }

    /// The names in the sub-folder `folder`, sorted.
    func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
    }
}

/// The places in the repository that tests know.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardizedFileURL

    /// The folder for compiled kernels of all tests.
    static let kernelCache = root.appending(path: ".build/cache").path

    /// The text of the file `path`.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
