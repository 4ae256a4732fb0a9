// `diptych train`: opens data, device and folder, then trains until the last step or a signal.

import Diptych
import FoundationEssentials

extension TrainCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let place = try RunPlace(self)
        let device = try place.device
        let choice = try BackendChoice(
            device.name, precision: device.precision, memoryLimit: device.memoryLimit, kernels: kernels,
            profiling: trace != nil, on: console)
        let configuration = try place.configuration(preset: preset?.overrides(onReference: choice.isReference) ?? [])
        if let remark = preset?.remark(onReference: choice.isReference) { console.log(remark) }
        for term in configuration.weightedObjective.terms {
            if let warning = term.objective.warning { console.warning(warning) }
        }
        return try train(configuration, place, choice, on: choice.backend, console)
    }

    private func train(
        _ configuration: TrainingConfiguration, _ place: RunPlace, _ choice: BackendChoice, on backend: some Backend,
        _ console: Console
    ) throws -> ExitCode {
        let dataset = try Dataset(DataSource(argument: configuration.data.source))
        console.warn(of: dataset.skipped)
        let data = try TrainingData(configuration, dataset)
        let judge = try makeJudge(data, configuration, on: backend, console)
        let weights = try startingWeights(configuration)
        let environment = RunEnvironment(
            choice, seed: configuration.seed,
            data: try dataset.checksums().map { .init(name: $0.part, sha256: $0.digest.description) },
            skipped: dataset.skipped.map(\.name), initialWeights: weights?.checksum)
        try place.check(weights?.checksum)
        let timeline = try trace.map { try TimelineFile($0, choice) }
        let run = try TrainingRun(
            configuration, in: try place.folder(configuration, environment), pairs: data.pairs, judge: judge,
            on: backend, startingFrom: weights?.weights, checkpoint: place.checkpoint,
            circumstances: environment.circumstances, goingOnIn: place.goesOn ? environment : nil)
        console.log("run: \(run.folder.path)")
        if let images = run.drawn {
            console.log(
                "data: \(images.imageCount) images (\(byteText(images.pixelCount))) lie on the device, which makes the views"
            )
        }
        for change in run.changes { console.warning("\(change): the bits may differ from a run left alone") }
        var report = TrainingReport(console)
        report.begin(run)
        Interruption.listen()
        let outcome = try run.run(shouldStop: { Interruption.isRequested }) { event in
            if case .step(let metrics, _) = event, metrics.step == 1 { OpenCLBackend.sealKernelCache() }
            try timeline?.observe(event, of: run)
            report.observe(event)
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        switch outcome {
        case .finished:
            try report.finish(run.folder)
            return .done
        case .interrupted(let step):
            console.log(
                "interrupted and saved after step \(step); continue with: "
                    + "diptych train --out \(run.folder.path) --resume auto")
            return .interrupted
        }
    }
}

extension TimelineFile {
    /// Adds what `event` tells of where time went.
    fileprivate func observe<B: Backend>(_ event: TrainingRun<B>.Event, of run: TrainingRun<B>) throws {
        switch event {
        case .worked(let work): try add(work)
        case .step(let metrics, _):
            if let program = run.trainer.executable as? OpenCLProgram { try add(program.profile, step: metrics.step) }
        case .baselines, .evaluated, .saved: break
        }
    }
}

extension TrainCommand {
    /// What judges features; nothing where there is nothing to judge by, which is no reason not to train.
    private func makeJudge<B: Backend>(
        _ data: TrainingData, _ configuration: TrainingConfiguration, on backend: B, _ console: Console
    ) throws -> Judge<B>? {
        guard let views = data.evaluation else {
            console.log("data: \(data.dataset.lackOfLabels): the run trains and is not evaluated")
            return nil
        }
        if let obstacle = views.obstacle(labelled: configuration.evaluation.labelled) {
            console.warning("\(obstacle): the run trains and is not evaluated")
            return nil
        }
        return try Judge(
            views, split: data.dataset.evaluationSplit, configuration.encoderSizes, configuration.evaluation,
            moment: "online", on: backend)
    }

    /// The weights that --init names, and how to know them again.
    private func startingWeights(
        _ configuration: TrainingConfiguration
    ) throws -> (weights: Weights, checksum: RunEnvironment.Checksum)? {
        guard let initialWeights else { return nil }
        let (model, file) = (configuration.model, try SavedWeights(at: initialWeights).file)
        let weights = try Weights(model.parameters, from: file, ignoring: model.foreignPrefixes)
        return (weights, .init(name: file.path, sha256: try SHA256.hash(fileAt: file.path).description))
    }
}

/// Settings for a purpose, by name.
package enum TrainingPreset: String, CaseIterable, Sendable {
    /// A few minutes of training that show what the program does.
    case demo

    /// The settings, which the command line may still change.
    func overrides(onReference isReference: Bool) -> [String] {
        switch self {
        case .demo where isReference:
            [
                "data.source=glyphs", "data.batch=64", "encoder.channels=16", "training.steps=120",
                "training.evaluateEvery=end",
            ]
        case .demo: ["data.source=glyphs", "training.steps=30", "training.evaluateEvery=end"]
        }
    }

    /// What should be said of them.
    func remark(onReference isReference: Bool) -> String? {
        isReference
            ? "the reference is slow: this trains a smaller encoder (16 channels) with smaller batches (64 pairs)" : nil
    }
}

extension RunEnvironment {
    fileprivate init(
        _ choice: BackendChoice, seed: UInt64, data: [Checksum], skipped: [String], initialWeights: Checksum?
    ) {
        self.init(
            device: choice.device, driver: choice.driver,
            backend: choice.isReference ? BackendChoice.reference : "opencl", precision: choice.precision,
            toolchain: Program.toolchain, version: Program.version, commit: SourceCommit.current, seed: seed,
            arguments: Array(CommandLine.arguments.dropFirst()), data: data, skipped: skipped,
            initialWeights: initialWeights)
    }

    /// What of this the bits depend on.
    fileprivate var circumstances: [String: String] {
        var circumstances = ["device": device, "driver": driver]
        for part in data { circumstances["data." + part.name] = part.sha256 }
        return circumstances
    }
}
