// A context and a queue of its own for one test, with short ways to move floats.

import OpenCLRuntime

/// What most tests of the runtime start from; dropped at their end, so that leaks can be counted.
struct Workbench {
    let context: Context
    let queue: Queue

    init(profiling: Bool = false) throws {
        try self.init(context: Context(OpenCLAvailability.device()), profiling: profiling)
    }

    init(context: Context, profiling: Bool = false) throws {
        self.context = context
        queue = try Queue(context, profiling: profiling)
    }

    /// A buffer with `values`.
    func buffer(_ values: [Float], label: String = "values") throws -> Buffer {
        let byteCount = values.count * MemoryLayout<Float>.stride
        let buffer = try Buffer(on: queue, byteCount: byteCount, fill: .notANumber, label: label)
        let queue = queue
        try values.withUnsafeBytes { try queue.write($0, to: buffer, during: "upload of \(label)") }
        return buffer
    }

    /// The floats in a buffer.
    func floats(_ buffer: Buffer) throws -> [Float] {
        var values = [Float](repeating: 0, count: buffer.byteCount / MemoryLayout<Float>.stride)
        let queue = queue
        try values.withUnsafeMutableBytes {
            try queue.read(buffer, into: $0, during: "download of \(buffer.label)")
        }
        return values
    }

    /// The bytes in a buffer.
    func bytes(_ buffer: Buffer) throws -> [UInt8] {
        var values = [UInt8](repeating: 0, count: buffer.byteCount)
        let queue = queue
        try values.withUnsafeMutableBytes {
            try queue.read(buffer, into: $0, during: "download of \(buffer.label)")
        }
        return values
    }

    /// The kernel `name` of `source`.
    func kernel(_ name: String, _ source: String, options: String = "") throws -> Kernel {
        try Kernel(Program(context, name: "test", source: source, options: options), name)
    }
}

/// `x[i] = x[i] * factor + summand`.
let scaleText = """
    __kernel void scale(__global float *x, const float factor, const float summand)
    {
        const size_t i = get_global_id(0);
        x[i] = x[i] * factor + summand;
    }
    """
