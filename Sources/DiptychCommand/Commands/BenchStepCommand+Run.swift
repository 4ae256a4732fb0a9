// `diptych bench step`: a whole training step, verified, then timed, kernel by kernel.

import Diptych
import Foundation

extension BenchStepCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let started = DispatchTime.now()
        let configuration = try TrainingConfiguration(file: self.configuration, overrides: overrides)
        let choice = try BackendChoice(
            configuration.device, memoryLimit: configuration.memoryLimit, profiling: true, on: console)
        return try bench(configuration, choice, on: choice.backend, since: started, console)
    }

    private func bench(
        _ configuration: TrainingConfiguration, _ choice: BackendChoice, on backend: some Backend,
        since started: DispatchTime, _ console: Console
    ) throws -> ExitCode {
        let objective = configuration.weightedObjective
        let model = configuration.model
        let pairs = configuration.data.batch
        let trainer = try Trainer(
            model, objective, configuration.updateRule, learningRate: Float(configuration.optimizer.learningRate),
            pairs: pairs, seed: configuration.seed, on: backend)
        var generator = CounterGenerator(seed: configuration.seed, stream: 2)
        let shape = model.encoder.imageShape(pairs)
        let views = (0..<2).map { _ in Tensor(shape, (0..<shape.count).map { _ in generator.nextUniform() }) }
        var measured = MeasuredStep(pairs: pairs, plannedBytes: trainer.plannedBytes)
        for run in 0...runs {
            let start = DispatchTime.now()
            let losses = try trainer.train(view1: views[0], view2: views[1])
            if run == 0 {
                measured.secondsToFirstLoss = started.secondsAgo
                OpenCLBackend.sealKernelCache()
            } else {
                measured.seconds.append(start.secondsAgo)
                measured.record((trainer.executable as? OpenCLProgram)?.profile ?? [])
            }
            console.progress(
                Progress("steps", done: run, total: runs, facts: [("loss", fixed(Double(losses.total), 4))]))
        }
        console.endProgress()
        let check = try StepCheck(
            configuration.encoderSizes, objective, pairs: 3, seed: configuration.seed, on: backend,
            against: ReferenceBackend())
        guard check.differences.isEmpty else {
            for row in check.differences { console.error("\(row.name): relative error \(row.relativeError)") }
            console.error("the step is wrong, and its time means nothing; see `diptych check`")
            return .failed
        }
        let ceilings = try (backend as? OpenCLBackend)?.measureCeilings()
        try json ? StandardOutput.line(measured.json(choice, ceilings).line) : printTable(measured, ceilings)
        return .done
    }

    private func printTable(_ measured: MeasuredStep, _ ceilings: Ceilings?) throws {
        if let ceilings {
            try StandardOutput.line(KernelTiming.table(measured.kernels, ceilings) + "\n\n" + ceilings.summary)
        }
        try StandardOutput.line(measured.summary)
    }
}

/// The times of some steps, and of their kernels.
private struct MeasuredStep {
    let pairs: Int
    let plannedBytes: Int
    var seconds: [Double] = []
    var secondsToFirstLoss = 0.0
    private var profiles: [[ProfiledCall]] = []

    init(pairs: Int, plannedBytes: Int) {
        (self.pairs, self.plannedBytes) = (pairs, plannedBytes)
    }

    mutating func record(_ profile: [ProfiledCall]) {
        if !profile.isEmpty { profiles.append(profile) }
    }

    var viewsPerSecond: Double { 2 * Double(pairs) / median(seconds) }

    /// Calls of one function on one shape together, the longest first; each the median of the steps.
    var kernels: [KernelTiming] {
        guard let first = profiles.first else { return [] }
        var order: [String] = []
        var groups: [String: [Int]] = [:]
        for (index, call) in first.enumerated() {
            let key = "\(call.label)|\(call.function)|\(call.shapes)"
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(index)
        }
        return order.map { key in
            let calls = groups[key] ?? []
            let call = first[calls[0]]
            let times = profiles.map { profile in calls.reduce(0) { $0 + Double(profile[$1].nanoseconds) } * 1e-9 }
            return KernelTiming(
                operation: call.function == call.label ? call.label : "\(call.label): \(call.function)",
                shapes: call.shapes, medianSeconds: median(times),
                operations: calls.reduce(0) { $0 + first[$1].operations },
                bytes: calls.reduce(0) { $0 + first[$1].bytes })
        }.sorted { $0.medianSeconds > $1.medianSeconds }
    }

    var summary: String {
        "step of \(pairs) pairs: median \(fixed(median(seconds), 3)) s of \(seconds.count), "
            + "\(fixed(viewsPerSecond, 1)) views/s; first loss after \(fixed(secondsToFirstLoss, 1)) s; "
            + "planned \(plannedBytes >> 20) MiB, peak resident \(peakResidentBytes >> 20) MiB"
    }

    func json(_ choice: BackendChoice, _ ceilings: Ceilings?) -> JSONValue {
        [
            "device": .string(choice.device), "driver": .string(choice.driver), "pairs": .integer(pairs),
            "runs": .integer(seconds.count), "medianSeconds": .number(median(seconds)),
            "viewsPerSecond": .number(viewsPerSecond), "secondsToFirstLoss": .number(secondsToFirstLoss),
            "plannedBytes": .integer(plannedBytes), "peakBytes": .integer(peakResidentBytes),
            "ceilings": ceilings?.json ?? nil,
            "kernels": .array(ceilings.map { ceilings in kernels.map { $0.json(ceilings) } } ?? []),
        ]
    }
}

/// The most memory that this process has held, in bytes.
private var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
}

extension DispatchTime {
    fileprivate var secondsAgo: Double {
        Double(DispatchTime.now().uptimeNanoseconds - uptimeNanoseconds) * 1e-9
    }
}
