// The times of a run, call by call.

import OpenCLRuntime

/// One call of a run and how long the device took for it.
public struct ProfiledCall: Hashable, Sendable {
    /// The launch: the operations that it covers.
    public let label: String
    /// The kernel function.
    public let function: String
    /// The types of what the launch is given and what it computes: `[964, 28, 28, 128] -> [964, 14, 14, 128]`.
    public let shapes: String
    /// The time on the device.
    public let nanoseconds: Int
    /// Floating-point operations by the operation's definition, a multiply-add counting twice.
    public let operations: Int
    /// Bytes that must be read and written at least.
    public let bytes: Int

    init(_ call: PreparedCall, _ span: EventSpan) throws(OpenCLError) {
        (label, function, shapes) = (call.label, call.function, call.shapes)
        (operations, bytes) = (call.work.operations, call.work.bytes)
        nanoseconds = try span.nanoseconds()
    }
}
