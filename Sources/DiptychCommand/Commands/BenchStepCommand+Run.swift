// `diptych bench step`: a whole training step, timed kernel by kernel, and told only if it is right.

import Diptych

extension BenchStepCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let configuration = try TrainingConfiguration(file: self.configuration, overrides: overrides)
        let choice = try BackendChoice(
            configuration.device, precision: configuration.precision, memoryLimit: configuration.memoryLimit,
            kernels: kernels, profiling: true, on: console)
        return try bench(configuration, choice, on: choice.backend, console)
    }

    private func bench(
        _ configuration: TrainingConfiguration, _ choice: BackendChoice, on backend: some Backend, _ console: Console
    ) throws -> ExitCode {
        let measured = try measure(configuration, on: backend, console)
        console.endProgress()
        let check = try StepCheck(
            configuration.encoderSizes, configuration.weightedObjective, pairs: 3, seed: configuration.seed,
            on: backend, against: ReferenceBackend())
        guard check.differences.isEmpty else {
            for row in check.differences { console.error("\(row.name): relative error \(row.relativeError)") }
            console.error("the step is wrong, and its time means nothing; see `diptych check`")
            return .failed
        }
        let ceilings = try (backend as? OpenCLBackend)?.measureCeilings()
        try json ? StandardOutput.line(measured.json(choice, ceilings).line) : printTable(measured, ceilings)
        return .done
    }

    /// Runs the steps. The memory is looked at before anything else is done that takes some.
    private func measure(
        _ configuration: TrainingConfiguration, on backend: some Backend, _ console: Console
    ) throws -> MeasuredStep {
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
            let start = monotonicSeconds()
            let losses = try trainer.train(view1: views[0], view2: views[1])
            if run == 0 {
                measured.secondsToFirstLoss = ProcessFacts.secondsSinceStart
                OpenCLBackend.sealKernelCache()
            } else {
                measured.seconds.append(monotonicSeconds() - start)
                measured.record((trainer.executable as? OpenCLProgram)?.profile ?? [])
            }
            console.progress(
                Progress("steps", done: run, total: runs, facts: [("loss", fixed(Double(losses.total), 4))]))
        }
        measured.peakResidentBytes = ProcessFacts.peakResidentBytes
        return measured
    }

    private func printTable(_ measured: MeasuredStep, _ ceilings: Ceilings?) throws {
        if let ceilings {
            let table = KernelTiming.table(measured.kernels(beside: ceilings))
            try StandardOutput.line(table + "\n\n" + ceilings.summary)
        }
        try StandardOutput.line(measured.summary)
    }
}
