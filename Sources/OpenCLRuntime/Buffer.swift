// A buffer: bytes in the device's memory, filled once when it is made.

package import COpenCL

/// What a new buffer holds.
package enum BufferFill: Hashable, Sendable {
    /// Zeros.
    case zero
    /// The byte FF everywhere: NaN for floats, -1 for integers, so that whoever reads what nobody wrote is found out.
    case notANumber
    /// One byte, repeated.
    case byte(UInt8)

    /// The repeated byte.
    package var byte: UInt8 {
        switch self {
        case .zero: 0
        case .notANumber: 0xFF
        case .byte(let byte): byte
        }
    }
}

/// Memory of a device.
///
/// Unchecked: OpenCL's calls on a buffer may come from any thread, and nothing here changes; the order of reads and
/// writes of its bytes is that of the queue.
package final class Buffer: @unchecked Sendable {
    /// The context it lives in.
    package let context: Context
    /// The size in bytes.
    package let byteCount: Int
    /// What it holds, for messages.
    package let label: String
    /// The driver's handle, for calls in this package.
    package let handle: cl_mem

    /// Allocates `byteCount` bytes and fills them through `queue`.
    ///
    /// The fill is not only for tidiness: pages first touched by a kernel's reads stay slow for good on a CPU device.
    /// - Throws: `bufferTooLarge` above the device's limit for one buffer; `callFailed`.
    package init(on queue: Queue, byteCount: Int, fill: BufferFill = .zero, label: String) throws(OpenCLError) {
        precondition(byteCount > 0, "Buffer '\(label)' of \(byteCount) bytes")
        let context = queue.context
        let limit = context.device.maximumAllocationBytes
        guard byteCount <= limit else {
            throw .bufferTooLarge(label: label, byteCount: byteCount, limit: limit)
        }
        self.context = context
        self.byteCount = byteCount
        self.label = label
        handle = try create("clCreateBuffer", during: "allocation of \(byteCount) bytes for \(label)") { status in
            clCreateBuffer(context.handle, cl_mem_flags(CL_MEM_READ_WRITE), byteCount, nil, &status)
        }
        context.ledger.open(.buffer, bytes: byteCount)
        try queue.fill(self, with: fill.byte, during: "first fill of \(label)")
    }

    deinit {
        clReleaseMemObject(handle)
        context.ledger.close(.buffer, bytes: byteCount)
    }

    /// A range outside of the buffer is a bug of the caller.
    func checkRange(_ offset: Int, _ count: Int, _ use: @autoclosure () -> String) {
        precondition(
            offset >= 0 && count >= 0 && count <= byteCount - offset,
            "\(use()): bytes \(offset)..<\(offset + count) of buffer '\(label)', which has \(byteCount)")
    }
}
