// The inputs and outputs of a graph on their way between host and device, while the host goes on.

import GraphIR
import OpenCLRuntime
import TensorCore

/// An input or output of a graph: where it lies on the device, and where in the host memory of a run.
struct Transfer {
    /// `input view1`, `output loss`.
    let label: String
    let name: String
    let value: ValueID
    let type: TensorType
    let buffer: Buffer
    let bytes: Range<Int>
}

/// All inputs and outputs of a graph.
struct Transfers {
    let inputs: [Transfer]
    let outputs: [Transfer]
    /// The size of the host memory of a run.
    let byteCount: Int

    /// Lays out the inputs and outputs of `graph`, one behind the other.
    init(_ graph: Graph, in memory: DeviceMemory) {
        var end = 0
        func transfer(_ kind: String, _ name: String, _ value: ValueID) -> Transfer {
            let type = graph.type(of: value)
            let start = (end + 63) / 64 * 64
            end = start + type.byteCount
            return Transfer(
                label: "\(kind) \(name)", name: name, value: value, type: type, buffer: memory.buffer(of: value),
                bytes: start..<end)
        }
        inputs = graph.inputs.sorted { $0.key < $1.key }.map { transfer("input", $0.key, $0.value) }
        outputs = graph.outputs.map { transfer("output", $0.name, $0.value) }
        byteCount = max(end, 1)
    }

    /// Puts in the upload of `values`; returns the events of a profiling queue.
    func upload(
        _ values: [String: Tensor], through memory: StagingMemory, on queue: Queue
    ) throws(OpenCLError) -> [(Transfer, Event)] {
        var events: [(Transfer, Event)] = []
        for input in inputs {
            values[input.name]?.withUnsafeBytes { memory.bytes(input.bytes).copyMemory(from: $0) }
            let event = try queue.write(
                input.bytes, of: memory, to: input.buffer, profile: queue.isProfiling,
                during: "upload of \(input.label)")
            if let event { events.append((input, event)) }
        }
        return events
    }

    /// Puts in the download of the outputs; returns the events of a profiling queue.
    func download(to memory: StagingMemory, on queue: Queue) throws(OpenCLError) -> [(Transfer, Event)] {
        var events: [(Transfer, Event)] = []
        for output in outputs {
            let event = try queue.read(
                output.buffer, to: output.bytes, of: memory, profile: queue.isProfiling,
                during: "download of \(output.label)")
            if let event { events.append((output, event)) }
        }
        return events
    }

    /// The outputs of a run that is done.
    func results(in memory: StagingMemory) -> [String: Tensor] {
        var results: [String: Tensor] = [:]
        for output in outputs {
            results[output.name] = Tensor(output.type) { $0.copyMemory(from: .init(memory.bytes(output.bytes))) }
        }
        return results
    }
}

/// A run that was put in.
final class SubmittedRun {
    /// Where its inputs come from and its outputs go.
    let memory: StagingMemory
    let events: RunEvents
    private let end: Event
    /// Whether the device is done with it, and its outputs are taken or lost.
    private(set) var isDone = false

    init(_ memory: StagingMemory, _ events: RunEvents, until end: Event) {
        (self.memory, self.events, self.end) = (memory, events, end)
    }

    /// The device must be done with the memory before that goes.
    deinit { if !isDone { try? wait() } }

    /// Waits until all of it is done.
    func wait() throws(OpenCLError) {
        try end.wait(during: "the end of a run")
        isDone = true
    }
}

/// The commands of a run whose times are wanted, and how long it took to put the run in.
struct RunEvents {
    var calls: [(PreparedCall, EventSpan)] = []
    var transfers: [(Transfer, Event)] = []
    var hostNanoseconds = 0
}
