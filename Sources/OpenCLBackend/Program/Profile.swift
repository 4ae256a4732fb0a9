// The times of a run, call by call.

import OpenCLRuntime

/// Where the time of one run went.
public struct RunProfile: Hashable, Sendable {
    /// The calls in the order in which they ran; empty unless `OpenCLOptions.profiling` was chosen.
    public var calls: [ProfiledCall] = []
    /// The inputs and outputs that were moved while the host went on; empty as `calls` are.
    public var transfers: [ProfiledTransfer] = []
    /// The time that the host took to put the calls in; of a run that `start` began, the copy of its inputs as well.
    public var hostNanoseconds = 0

    /// The time in which the device did one of the calls.
    public var busyNanoseconds: Int { calls.reduce(0) { $0 + $1.nanoseconds } }
    /// The time in which it did none: before each call, from the end of the call before, be that of an earlier run.
    public var gapNanoseconds: Int { calls.reduce(0) { $0 + $1.gapNanoseconds } }

    /// A run of which nothing is known.
    init() {}

    /// Reads the times of a run that is done; the last call of the run before it ended at `previousEnd`.
    init(_ events: RunEvents, after previousEnd: UInt64?) throws(OpenCLError) {
        hostNanoseconds = events.hostNanoseconds
        var previousEnd = previousEnd
        for (call, span) in events.calls {
            let times = try span.times()
            calls.append(ProfiledCall(call, times, after: previousEnd))
            previousEnd = times.upperBound
        }
        for (transfer, event) in events.transfers {
            let times = try event.times()
            transfers.append(
                ProfiledTransfer(
                    label: transfer.label, times: times.start..<max(times.start, times.end),
                    bytes: transfer.bytes.count))
        }
    }
}

/// One call of a run and how long the device took for it.
public struct ProfiledCall: Hashable, Sendable {
    /// The launch: the operations that it covers.
    public let label: String
    /// The kernel function.
    public let function: String
    /// The types of what the launch is given and what it computes: `[964, 28, 28, 128] -> [964, 14, 14, 128]`.
    public let shapes: String
    /// From when to when the device ran it, in nanoseconds of its clock.
    public let times: Range<UInt64>
    /// The time from the end of the call before it, in which the device did none; 0 for the first call of all.
    public let gapNanoseconds: Int
    /// Floating-point operations by the operation's definition, a multiply-add counting twice.
    public let operations: Int
    /// Bytes that must be read and written at least.
    public let bytes: Int

    /// The time on the device.
    public var nanoseconds: Int { times.count }
    /// `convolution + bias: convolution_wide`, or one of both where they are the same.
    public var name: String { function == label ? label : "\(label): \(function)" }
    /// Operations in one second, in GFLOP/s.
    public var gigaflops: Double { Double(operations) / Double(max(nanoseconds, 1)) }
    /// Bytes in one second, in GB/s.
    public var gigabytesPerSecond: Double { Double(bytes) / Double(max(nanoseconds, 1)) }

    init(_ call: PreparedCall, _ times: Range<UInt64>, after previousEnd: UInt64?) {
        (label, function, shapes) = (call.label, call.function, call.shapes)
        (operations, bytes) = (call.work.operations, call.work.bytes)
        self.times = times
        gapNanoseconds = previousEnd.map { Int(max(times.lowerBound, $0) - $0) } ?? 0
    }
}

/// An input or output that was moved between host and device.
public struct ProfiledTransfer: Hashable, Sendable {
    /// `input view1`, `output loss`.
    public let label: String
    /// From when to when it was moved, in nanoseconds of the device's clock.
    public let times: Range<UInt64>
    /// How much was moved.
    public let bytes: Int
}
