// The one way in which the reference uses several cores: over the outermost index of what it writes.

import Dispatch
import TensorCore

/// Calls `body` for each of `0..<count`, on all cores, in chunks; each call writes what no other touches, so that the
/// result does not depend on how many cores there are.
func forEachRow(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let chunks = min(count, 32)
    guard chunks > 0 else { return }
    DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
        for row in chunk * count / chunks..<(chunk + 1) * count / chunks { body(row) }
    }
}

/// A tensor of `shape` whose rows, each `width` elements, `body` writes.
func makeRows(_ shape: Shape, width: Int, _ body: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    makeParts(shape, parts: width == 0 ? 0 : shape.count / width) { row, output in body(row, output + row * width) }
}

/// A tensor of `shape` that `body` writes in `parts`, given the number of the part and the start of all elements.
func makeParts(_ shape: Shape, parts: Int, _ body: @Sendable (Int, UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    let count = shape.count
    let elements = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        if let base = buffer.baseAddress {
            // Each element is written by one part, which owns it.
            nonisolated(unsafe) let base = base
            forEachRow(parts) { part in body(part, base) }
        }
        filled = count
    }
    return Tensor(shape, elements)
}

extension Array {
    /// Calls `body` with the elements, to be read from several cores.
    func reading<Result>(_ body: (ReadOnly<Element>) -> Result) -> Result {
        withUnsafeBufferPointer { body(ReadOnly(base: $0)) }
    }
}

/// Elements that nobody writes while they are read.
struct ReadOnly<Element>: @unchecked Sendable {
    // Sendable because it only reads an array that lives, unchanged, as long as the closure it is handed to.
    let base: UnsafeBufferPointer<Element>
    subscript(index: Int) -> Element {
        @inline(__always) get { base[index] }
    }
}
