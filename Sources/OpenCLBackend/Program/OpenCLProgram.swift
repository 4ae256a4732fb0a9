// A graph on a device: launches with their kernels, memory filled once, and runs that only enqueue.

import Dispatch
public import Execution
public import GraphIR
import OpenCLRuntime
public import TensorCore

/// A graph compiled for an OpenCL device, with its variables in the device's memory.
public final class OpenCLProgram: Executable {
    public let graph: Graph
    /// Where the time of the last run went whose outputs were taken.
    public private(set) var profile = RunProfile()
    private let session: DeviceSession
    private let plan: MemoryPlan
    private let memory: DeviceMemory
    private let calls: [PreparedCall]
    private let transfers: Transfers
    /// The host memory of runs that are done, for the next.
    private var spareMemory: [StagingMemory] = []
    /// When the last call of the last profiled run ended.
    private var previousEnd: UInt64?
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
            calls = try Self.prepare(launches, plan, memory, session, target, graph, options)
            transfers = Transfers(graph, in: memory)
        } catch {
            throw ExecutionError(error)
        }
        firstRunProgress = options.progress
    }

    public var plannedBytes: Int { plan.totalBytes }

    public let kernelShapes: [String: String]

    /// The names of the launches in their order, for tests and traces.
    public var launchLabels: [String] { calls.map { "\($0.label): \($0.function)" } }

    /// A device does; a simulator runs what is put in before it returns.
    public var runsAhead: Bool { session.target.kind != .simulator }

    /// Computes the outputs without a second copy of them or of the inputs on the host: both may be large, and nothing
    /// else waits for the device.
    public func run(_ inputs: [String: Tensor]) throws(ExecutionError) -> [String: Tensor] {
        try check(inputs)
        do throws(OpenCLError) {
            for input in transfers.inputs {
                try memory.write(inputs[input.name]!, to: input.value, during: "upload of \(input.label)")
            }
            let events = try enqueueCalls()
            // Outputs are read before variables change: an output may be a variable's old value.
            let outputs = try readOutputs()
            try memory.applyCopies()
            if outputs.isEmpty { try session.queue.finish(during: "the end of a run") }
            try record(events)
            return outputs
        } catch {
            throw ExecutionError(error)
        }
    }

    public func start(_ inputs: [String: Tensor]) throws(ExecutionError) -> PendingRun {
        try check(inputs)
        do throws(OpenCLError) {
            let run = try submit(inputs)
            return PendingRun { [self] () throws(ExecutionError) in
                do throws(OpenCLError) {
                    return try finish(run)
                } catch {
                    throw ExecutionError(error)
                }
            }
        } catch {
            throw ExecutionError(error)
        }
    }

    /// Puts in all of a run, for which nothing is waited.
    private func submit(_ inputs: [String: Tensor]) throws(OpenCLError) -> SubmittedRun {
        let queue = session.queue
        let staging =
            if let spare = spareMemory.popLast() { spare } else {
                try StagingMemory(in: queue.context, byteCount: transfers.byteCount)
            }
        let begin = DispatchTime.now().uptimeNanoseconds
        do throws(OpenCLError) {
            let uploads = try transfers.upload(inputs, through: staging, on: queue)
            var events = try enqueueCalls()
            // Outputs are taken before variables change: an output may be a variable's old value.
            events.transfers = uploads + (try transfers.download(to: staging, on: queue))
            try memory.applyCopies()
            let end = try queue.marker(during: "the end of a run")
            try queue.flush()
            events.hostNanoseconds = Int(DispatchTime.now().uptimeNanoseconds - begin)
            return SubmittedRun(staging, events, until: end)
        } catch {
            // What was put in may still reach for the memory.
            try? queue.finish(during: "the end of what was put in")
            throw error
        }
    }

    /// Waits for `run` and takes its outputs.
    private func finish(_ run: SubmittedRun) throws(OpenCLError) -> [String: Tensor] {
        precondition(!run.isDone, "the outputs of a run are taken once")
        try run.wait()
        let outputs = transfers.results(in: run.memory)
        try record(run.events)
        spareMemory.append(run.memory)
        return outputs
    }

    /// Notes the times of a run that is done, and looks for what it should not have written.
    private func record(_ events: RunEvents) throws(OpenCLError) {
        profile = try RunProfile(events, after: previousEnd)
        previousEnd = profile.calls.last?.times.upperBound ?? previousEnd
        session.trace?.tell(.timings, timings)
        try memory.checkCanaries()
    }

    /// Runs the kernels of the last run once more, on what the memory holds, for their times: nothing is given, and
    /// nothing returned. Large arrays that come and go on the host disturb what runs on the same processor.
    package func repeatKernels() throws(ExecutionError) {
        do throws(OpenCLError) {
            let events = try enqueueCalls()
            try session.queue.finish(during: "the end of a repetition")
            try record(events)
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
    private func enqueueCalls() throws(OpenCLError) -> RunEvents {
        let begin = DispatchTime.now().uptimeNanoseconds
        var events = RunEvents()
        for (index, call) in calls.enumerated() {
            firstRunProgress?(KernelProgress(kernel: call.function, number: index + 1, count: calls.count))
            let span = try call.enqueue(on: session.queue, profile: session.queue.isProfiling)
            if let span { events.calls.append((call, span)) }
        }
        firstRunProgress = nil
        events.hostNanoseconds = Int(DispatchTime.now().uptimeNanoseconds - begin)
        return events
    }

    private func readOutputs() throws(OpenCLError) -> [String: Tensor] {
        var outputs: [String: Tensor] = [:]
        for output in transfers.outputs {
            outputs[output.name] = try memory.read(output.value, during: "download of \(output.label)")
        }
        return outputs
    }

    private static func prepare(
        _ launches: [Launch], _ plan: MemoryPlan, _ memory: DeviceMemory, _ session: DeviceSession, _ target: Target,
        _ graph: Graph, _ options: OpenCLOptions
    ) throws(OpenCLError) -> [PreparedCall] {
        let programs = ProgramPlan(launches)
        let progress = CompilationProgress(programs, session, options.progress)
        var calls: [PreparedCall] = []
        for (launch, scratchSlots) in zip(launches, plan.scratchSlots) {
            for call in launch.calls {
                if case .kernel(let kernel) = call { progress.report(programs.key(of: kernel)) }
                calls.append(
                    try PreparedCall(call, of: launch, in: graph, programs, on: session, target) { place in
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
