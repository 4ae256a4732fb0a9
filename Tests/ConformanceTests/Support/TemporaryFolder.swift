// A folder for one test.

import Foundation

/// The path of a folder that does not exist yet; what a test makes there goes with this object.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("diptych-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
