// From rows of ink to the tensor that an encoder takes.

import TensorCore

/// Makes tensors of views in parallel.
enum Views {
    /// The float32 tensor [`count`, `size`, `size`, 1] whose rows `make` writes as ink from 0 to 255.
    static func tensor(
        _ count: Int, size: Int, _ make: @Sendable (Int, UnsafeMutableBufferPointer<UInt8>) -> Void
    ) -> Tensor {
        let pixels = size * size
        let elements = [Float](unsafeUninitializedCapacity: count * pixels) { elements, filled in
            // Every row is written by one thread, once, and nothing is read before all threads have ended.
            nonisolated(unsafe) let elements = elements
            Parallel.forEach(count) { row in
                withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pixels) { ink in
                    make(row, ink)
                    for (index, value) in ink.enumerated() {
                        elements.initializeElement(at: row * pixels + index, to: Float(value) / 255)
                    }
                }
            }
            filled = count * pixels
        }
        return Tensor([count, size, size, 1], elements)
    }
}
