// What the backend tells a developer who asks: device, plan, timings, kernel source.

import Execution
import GraphIR

/// How much is told; each level includes those before it.
public enum TraceLevel: Int, Hashable, Sendable, Comparable {
    /// The device, and which kernel serves each node that has a choice.
    case device = 1
    /// The launches of each graph, with their memory.
    case plan
    /// The time of each call of each run, and where the rest of its time went; calls are timed then, which costs some.
    case timings
    /// The text of each program that is built.
    case source

    /// The order of detail.
    public static func < (left: TraceLevel, right: TraceLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Where the backend tells what it does, and how much.
public struct Trace: Sendable {
    /// The most detailed level that is told.
    public let level: TraceLevel
    private let write: @Sendable (String) -> Void

    /// Makes a trace that hands text to `write`.
    public init(_ level: TraceLevel, write: @escaping @Sendable (String) -> Void) {
        (self.level, self.write) = (level, write)
    }

    /// Tells `text` if `level` is wanted; it is made only then.
    func tell(_ level: TraceLevel, _ text: @autoclosure () -> String) {
        if level <= self.level { write(text()) }
    }
}

extension OpenCLProgram {
    /// The choices of kernels, one line each.
    static func description(of kernelShapes: [String: String]) -> String {
        kernelShapes.sorted { $0.key < $1.key }.map { "kernel: \($0.key): \($0.value)" }.joined(separator: "\n")
    }

    /// The launches with the slots that they read and write, and the sizes of the slots.
    static func description(_ launches: [Launch], _ plan: MemoryPlan, _ graph: Graph) -> String {
        func places(_ values: [ValueID]) -> String {
            values.map { "\($0)@\(plan.slot(of: $0, in: graph))" }.joined(separator: ", ")
        }
        let lines = launches.enumerated().map { index, launch in
            let scratch = plan.scratchSlots[index].map { "@\($0)" }.joined(separator: ", ")
            return "launch \(index): \(launch.label): \(places(launch.reads)) -> \(places(launch.writes))"
                + (scratch.isEmpty ? "" : ", scratch \(scratch)")
        }
        let slots = plan.slotBytes.enumerated().map { "slot \($0): \($1) bytes" }
        return (["graph:", graph.description] + lines + slots).joined(separator: "\n")
    }

    /// The calls of the last run with their times, and what they come to.
    var timings: String {
        func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        let calls = profile.calls.map { call in
            "\(call.nanoseconds / 1000) us after \(call.gapNanoseconds / 1000) us: \(call.label): \(call.function) "
                + "\(call.shapes), \(tenths(call.gigaflops)) GFLOP/s, \(tenths(call.gigabytesPerSecond)) GB/s"
        }
        let total =
            "run of \(profile.calls.count) calls: \(profile.busyNanoseconds / 1000) us busy, "
            + "\(profile.gapNanoseconds / 1000) us between calls, \(profile.hostNanoseconds / 1000) us to put in"
        return (calls + [total]).joined(separator: "\n")
    }
}
