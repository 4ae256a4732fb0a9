// The texts of Kernels/: inside the binary, or in a folder on disk while kernels are written.

import CKernelSource
import FoundationEssentials

/// Where kernel files come from.
package struct KernelLibrary: Sendable {
    private let folder: String?

    /// The embedded texts, or those of `folder`.
    package init(folder: String? = nil) {
        self.folder = folder
    }

    /// The names of the embedded kernel files, sorted: `convolution`, `wide/convolution_winograd`.
    package static let names: [String] = embedded.keys.filter { !isHeader($0) }.sorted()

    /// The names of what several of them include, sorted: `wide/lanes.h`.
    package static let headers: [String] = embedded.keys.filter(isHeader).sorted()

    /// The first embedded file that cannot be read where texts come from a folder.
    var missing: String? { (Self.names + Self.headers).first { file($0) == nil }.map(Self.fileName) }

    /// The text of the kernel file `name`, with what it includes in the place of each `#include`: a driver has no folder
    /// to look for it. `nil` if a file is not there.
    package func text(named name: String) -> String? {
        guard let whole = file(name) else { return nil }
        var text = whole
        for header in Self.headers where text.contains("#include \"\(header)\"\n") {
            guard let included = file(header) else { return nil }
            text = text.replacing("#include \"\(header)\"\n", with: included)
        }
        return text
    }

    /// The text of a file as it stands.
    private func file(_ name: String) -> String? {
        guard let folder else { return Self.embedded[name] }
        let path = "\(folder)/\(Self.fileName(name))"
        return FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isHeader(_ name: String) -> Bool { name.hasSuffix(".h") }

    private static func fileName(_ name: String) -> String { isHeader(name) ? name : name + ".cl" }

    private static let embedded: [String: String] = {
        var texts: [String: String] = [:]
        for index in 0..<kernel_source_count() {
            let source = kernel_source_at(index)
            texts[String(cString: source.name)] = String(cString: source.text)
        }
        return texts
    }()
}
