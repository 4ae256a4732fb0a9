// The texts of Kernels/: inside the binary, or in a folder on disk while kernels are written.

import CKernelSource
import Foundation

/// Where kernel files come from.
package struct KernelLibrary: Sendable {
    private let folder: String?

    /// The embedded texts, or those of `folder`.
    package init(folder: String? = nil) {
        self.folder = folder
    }

    /// The names of the embedded files, sorted: `convolution`, `wide/convolution_winograd`.
    package static let names: [String] = embedded.keys.sorted()

    /// The first embedded file that cannot be read where texts come from a folder.
    var missing: String? { Self.names.first { text(named: $0) == nil }.map { $0 + ".cl" } }

    /// The text of the file `name`; `nil` if there is none.
    package func text(named name: String) -> String? {
        guard let folder else { return Self.embedded[name] }
        return FileManager.default.contents(atPath: "\(folder)/\(name).cl").map { String(decoding: $0, as: UTF8.self) }
    }

    private static let embedded: [String: String] = {
        var texts: [String: String] = [:]
        for index in 0..<kernel_source_count() {
            let source = kernel_source_at(index)
            texts[String(cString: source.name)] = String(cString: source.text)
        }
        return texts
    }()
}
