// Copies of the kernels that tests change.

import Foundation
import Testing

/// A place in a kernel file, and what is to stand there instead.
struct KernelChange {
    let file: String
    let right: String
    let instead: String

    /// Gives every OpenCL device tensor cores, made of ordinary instructions.
    static let emulatingTensorCores = KernelChange(
        file: "tiled/tensor.h", right: "#define EMULATED 0", instead: "#define EMULATED 1")
}

extension TemporaryFolder {
    /// Makes a copy of Kernels/ in this folder, with `changes`, and returns its path.
    func copyKernels(_ changes: KernelChange...) throws -> String {
        let copy = path + "/Kernels"
        let source = URL(fileURLWithPath: #filePath).appending(path: "../../../../Kernels").standardizedFileURL
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source, to: URL(fileURLWithPath: copy))
        for change in changes {
            let file = "\(copy)/\(change.file)"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.contains(change.right), "the test no longer knows how to change \(change.file)")
            try text.replacing(change.right, with: change.instead).write(
                toFile: file, atomically: true, encoding: .utf8)
        }
        return copy
    }
}
