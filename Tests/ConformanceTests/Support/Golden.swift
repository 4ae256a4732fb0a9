// Golden values: what PyTorch computed, read from the files in Tests/Golden.

import TensorCore
import TensorFiles

/// One file of `Tests/Golden`; its README says what lies in which.
struct Golden {
    private let file: SafetensorsFile

    /// Reads `Tests/Golden/<name>.safetensors`.
    init(_ name: String) throws {
        file = try SafetensorsFile.read("\(Golden.folder)/\(name).safetensors")
    }

    /// The names of the tensors in the file.
    var names: [String] { file.names }

    /// The tensor called `name`; float64 is rounded to float32.
    func tensor(_ name: String) throws -> Tensor {
        try file.tensor(name).tensor()
    }

    /// The elements of the float32 or float64 tensor called `name`, unrounded.
    func doubles(_ name: String) throws -> [Double] {
        let stored = try file.tensor(name)
        guard stored.element == .float64 else { return try stored.floats().map(Double.init) }
        return stored.bytes.withUnsafeBytes { bytes in
            (0..<stored.shape.count).map { index in
                let pattern = bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
                return Double(bitPattern: UInt64(littleEndian: pattern))
            }
        }
    }

    /// The single number called `name`.
    func number(_ name: String) throws -> Double {
        let elements = try doubles(name)
        precondition(elements.count == 1, "Golden: \(name) has \(elements.count) elements")
        return elements[0]
    }

    /// The tensors whose names start with `prefix` and a dot, under the rest of their names.
    func tensors(under prefix: String) throws -> [String: Tensor] {
        var found: [String: Tensor] = [:]
        for name in file.names where name.hasPrefix(prefix + ".") {
            found[String(name.dropFirst(prefix.count + 1))] = try tensor(name)
        }
        return found
    }

    /// The dotted overrides that configure the training run called `run`, in `training.safetensors`.
    func overrides(of run: String) -> [String] {
        file.metadata["configuration.\(run)"]?.split(separator: " ").map(String.init) ?? []
    }

    /// The path of `Tests/Golden`.
    static let folder = path(above: #filePath, levels: 3) + "/Golden"

    /// The path of `Tests/Golden/<name>.safetensors`, for what takes a path.
    static func path(_ name: String) -> String { "\(folder)/\(name).safetensors" }

    private static func path(above file: String, levels: Int) -> String {
        file.split(separator: "/", omittingEmptySubsequences: false).dropLast(levels).joined(separator: "/")
    }
}
