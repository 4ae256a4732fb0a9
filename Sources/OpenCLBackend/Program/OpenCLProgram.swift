// A graph on a device: launches with their kernels, memory filled once, and runs that only enqueue.

public import Execution
public import GraphIR
import OpenCLRuntime
public import TensorCore

/// A graph compiled for an OpenCL device, with its variables in the device's memory.
public final class OpenCLProgram: Executable {
    public let graph: Graph
    /// The calls of the last run with their times; empty unless `OpenCLOptions.profiling` was chosen.
    public private(set) var profile: [ProfiledCall] = []
    private let session: DeviceSession
    private let plan: MemoryPlan
    private let memory: DeviceMemory
    private let calls: [PreparedCall]
    private var firstRunProgress: (@Sendable (KernelProgress) -> Void)?

    init(
        _ graph: Graph, _ session: DeviceSession, _ target: Target, _ options: OpenCLOptions
    ) throws(ExecutionError) {
        (self.graph, self.session) = (graph, session)
        let planned = try PlannedGraph(graph, session, target, options)
        kernelShapes = target.record(of: graph).merging(["fingerprint": session.tuningFile.fingerprint]) { $1 }
        session.trace?.tell(.device, Self.description(of: kernelShapes))
        let (launches, graph, plan) = (planned.launches, planned.graph, planned.memory)
        self.plan = plan
        session.trace?.tell(.plan, Self.description(launches, plan, graph))
        do throws(OpenCLError) {
            memory = try DeviceMemory(plan, graph, on: session.queue, canaries: options.canaries)
            calls = try Self.prepare(launches, plan, memory, session, graph, options)
        } catch {
            throw ExecutionError(error)
        }
        firstRunProgress = options.progress
    }

    public var plannedBytes: Int { plan.totalBytes }

    public let kernelShapes: [String: String]

    /// The names of the launches in their order, for tests and traces.
    public var launchLabels: [String] { calls.map { "\($0.label): \($0.function)" } }

    public func run(_ inputs: [String: Tensor]) throws(ExecutionError) -> [String: Tensor] {
        try check(inputs)
        do throws(OpenCLError) {
            for (name, value) in graph.inputs.sorted(by: { $0.key < $1.key }) {
                try memory.write(inputs[name]!, to: value, during: "upload of input '\(name)'")
            }
            let events = try enqueueCalls()
            // Outputs are read before variables change: an output may be a variable's old value.
            let outputs = try readOutputs()
            try memory.applyCopies()
            if outputs.isEmpty { try session.queue.finish(during: "the end of a run") }
            profile = try events.map { (call, span) throws(OpenCLError) in try ProfiledCall(call, span) }
            session.trace?.tell(.timings, timings)
            try memory.checkCanaries()
            return outputs
        } catch {
            throw ExecutionError(error)
        }
    }

    /// Runs the kernels of the last run once more, on what the memory holds, for their times: nothing is given, and
    /// nothing returned. Large arrays that come and go on the host disturb what runs on the same processor.
    package func repeatKernels() throws(ExecutionError) {
        do throws(OpenCLError) {
            let events = try enqueueCalls()
            try session.queue.finish(during: "the end of a repetition")
            profile = try events.map { (call, event) throws(OpenCLError) in try ProfiledCall(call, event) }
        } catch {
            throw ExecutionError(error)
        }
    }

    public func read(_ name: String) throws(ExecutionError) -> Tensor {
        let value = try variable(name)
        do throws(OpenCLError) {
            return try memory.read(value, during: "download of variable '\(name)'")
        } catch {
            throw ExecutionError(error)
        }
    }

    public func write(_ name: String, _ tensor: Tensor) throws(ExecutionError) {
        let value = try variable(name)
        let type = graph.type(of: value)
        guard tensor.type == type else { throw .variable(name: name, reason: "is \(type), not \(tensor.type)") }
        do throws(OpenCLError) {
            try memory.write(tensor, to: value, during: "upload of variable '\(name)'")
        } catch {
            throw ExecutionError(error)
        }
    }

    /// Puts in every call; on the first run it tells the progress, since PoCL compiles a kernel when it is first put in.
    private func enqueueCalls() throws(OpenCLError) -> [(PreparedCall, EventSpan)] {
        var events: [(PreparedCall, EventSpan)] = []
        for (index, call) in calls.enumerated() {
            firstRunProgress?(KernelProgress(kernel: call.function, number: index + 1, count: calls.count))
            let span = try call.enqueue(on: session.queue, profile: session.queue.isProfiling)
            if let span { events.append((call, span)) }
        }
        firstRunProgress = nil
        return events
    }

    private func readOutputs() throws(OpenCLError) -> [String: Tensor] {
        var outputs: [String: Tensor] = [:]
        for output in graph.outputs {
            outputs[output.name] = try memory.read(output.value, during: "download of output '\(output.name)'")
        }
        return outputs
    }

    private static func prepare(
        _ launches: [Launch], _ plan: MemoryPlan, _ memory: DeviceMemory, _ session: DeviceSession, _ graph: Graph,
        _ options: OpenCLOptions
    ) throws(OpenCLError) -> [PreparedCall] {
        let programs = ProgramPlan(launches)
        let progress = CompilationProgress(programs, session, options.progress)
        var calls: [PreparedCall] = []
        for (launch, scratchSlots) in zip(launches, plan.scratchSlots) {
            for call in launch.calls {
                if case .kernel(let kernel) = call { progress.report(programs.key(of: kernel)) }
                calls.append(
                    try PreparedCall(call, of: launch, in: graph, programs, on: session) { place in
                        switch place {
                        case .input(let value), .output(let value): memory.buffer(of: value)
                        case .scratch(let index): memory.slots[scratchSlots[index]]
                        }
                    })
            }
        }
        return calls
    }
}

extension ExecutionError {
    /// A failure of the device, in words.
    init(_ error: OpenCLError) {
        self = .device(error.description)
    }
}
