// `diptych bench step`: a whole training step, timed, kernel by kernel where asked, and told only if it is right.

import Diptych

extension BenchStepCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let configuration = try TrainingConfiguration(file: self.configuration, overrides: overrides)
        let choice = try BackendChoice(
            configuration.device, precision: configuration.precision, memoryLimit: configuration.memoryLimit,
            kernels: kernels, profiling: profile || trace != nil, on: console)
        if profile, choice.isReference {
            console.warning("--profile is ignored: the reference has no kernels to time")
        }
        return try bench(configuration, choice, on: choice.backend, console)
    }

    private func bench(
        _ configuration: TrainingConfiguration, _ choice: BackendChoice, on backend: some Backend, _ console: Console
    ) throws -> ExitCode {
        let timeline = try trace.map { try TimelineFile($0, choice) }
        let measured = try measure(configuration, on: backend, timeline, console)
        console.endProgress()
        let check = try StepCheck(
            configuration.encoderSizes, configuration.weightedObjective, pairs: 3, seed: configuration.seed,
            on: backend, against: ReferenceBackend())
        guard check.differences.isEmpty else {
            for row in check.differences { console.error("\(row.name): relative error \(row.relativeError)") }
            console.error("the step is wrong, and its time means nothing; see `diptych check`")
            return .failed
        }
        let ceilings = profile ? try (backend as? OpenCLBackend)?.measureCeilings() : nil
        try json ? StandardOutput.line(measured.json(choice, ceilings).line) : printTable(measured, ceilings)
        return .done
    }

    /// Runs the steps. The memory is looked at before anything else is done that takes some.
    private func measure(
        _ configuration: TrainingConfiguration, on backend: some Backend, _ timeline: TimelineFile?, _ console: Console
    ) throws -> MeasuredStep {
        let steps = try BenchedSteps(configuration, on: backend, timeline)
        var measured = MeasuredStep(
            pairs: configuration.data.batch, plannedBytes: steps.trainer.plannedBytes,
            calls: steps.program?.launchLabels.count)
        func show(_ losses: StepLosses, run: Int) {
            console.progress(
                Progress("steps", done: run, total: runs, facts: [("loss", fixed(Double(losses.total), 4))]))
        }
        let first = try steps.losses(of: steps.start())
        measured.secondsToFirstLoss = ProcessFacts.secondsSinceStart
        OpenCLBackend.sealKernelCache()
        show(first, run: 0)
        var start = monotonicSeconds()
        var next: StartedStep? = try steps.start()
        for run in 1...runs {
            guard let current = next else { break }
            // As in training, a step is put in before the one before it is read.
            next = steps.trainer.runsAhead && run < runs ? try steps.start() : nil
            let losses = try steps.losses(of: current)
            let end = monotonicSeconds()
            measured.seconds.append(end - start)
            measured.record(steps.program?.profile)
            start = end
            if next == nil, run < runs { next = try steps.start() }
            show(losses, run: run)
        }
        measured.peakResidentBytes = ProcessFacts.peakResidentBytes
        return measured
    }

    private func printTable(_ measured: MeasuredStep, _ ceilings: Ceilings?) throws {
        if let ceilings, let totals = measured.totals {
            let table = KernelTiming.table(measured.kernels(beside: ceilings))
            try StandardOutput.line(table + "\n\n" + ceilings.summary + "\n" + totals)
        }
        try StandardOutput.line(measured.summary)
    }
}

/// The steps of a configuration on one batch of random views.
private struct BenchedSteps<B: Backend> {
    let trainer: Trainer<B>
    private let views: [Tensor]
    private let timeline: TimelineFile?

    init(_ configuration: TrainingConfiguration, on backend: B, _ timeline: TimelineFile?) throws {
        let model = configuration.model
        let pairs = configuration.data.batch
        trainer = try Trainer(
            model, configuration.weightedObjective, configuration.updateRule,
            learningRate: Float(configuration.optimizer.learningRate), pairs: pairs, seed: configuration.seed,
            on: backend)
        var generator = CounterGenerator(seed: configuration.seed, stream: 2)
        let shape = model.encoder.imageShape(pairs)
        views = (0..<2).map { _ in Tensor(shape, generator.nextUniforms(shape.count)) }
        self.timeline = timeline
    }

    /// The step's program on an OpenCL device.
    var program: OpenCLProgram? { trainer.executable as? OpenCLProgram }

    func start() throws -> StartedStep {
        let (step, work) = try HostWork.timing(.putIn, step: trainer.step + 1) {
            try trainer.start(.views(views[0], views[1]))
        }
        try timeline?.add(work)
        return step
    }

    func losses(of started: StartedStep) throws -> StepLosses {
        let (losses, work) = try HostWork.timing(.readMetrics, step: started.number) {
            try trainer.losses(of: started)
        }
        try timeline?.add(work)
        if let program { try timeline?.add(program.profile, step: started.number) }
        return losses
    }
}
