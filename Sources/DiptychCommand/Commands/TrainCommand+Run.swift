// `diptych train`: opens data, device and folder, then trains until the last step or a signal.

import Diptych
import Foundation

extension TrainCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let place = try RunPlace(self)
        let device = try place.device
        let choice = try BackendChoice(device.name, memoryLimit: device.memoryLimit, on: console)
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
        let data = try TrainingData(configuration)
        let judge = try data.evaluation.map { views in
            try Judge(
                views, split: data.dataset.evaluationSplit, configuration.encoderSizes, configuration.evaluation,
                moment: "online", on: backend)
        }
        let weights = try initialWeights.map { path in
            let model = Model(configuration.encoderSizes, for: configuration.weightedObjective)
            return try Weights(
                model.parameters, from: try SafetensorsFile.read(RunFolder.weights(at: path)),
                ignoring: model.reconstructor == nil ? "recon." : nil)
        }
        let environment = RunEnvironment(
            choice, seed: configuration.seed,
            data: try data.dataset.checksums().map { .init(name: $0.part, sha256: $0.digest.description) })
        let folder = try place.folder(configuration, environment)
        console.log("run: \(folder.path)")
        let run = try TrainingRun(
            configuration, in: folder, pairs: data.pairs, judge: judge, on: backend, startingFrom: weights,
            checkpoint: place.checkpoint, circumstances: ["device": choice.device, "driver": choice.driver])
        for change in run.changes { console.warning("\(change): the bits may differ from a run left alone") }
        var report = TrainingReport(console)
        if let judge, run.trainer.step == 0 { report.pixels = try judge.judgePixels() }
        Interruption.listen()
        let outcome = try run.run(shouldStop: { Interruption.isRequested }) { event in
            if case .step(let metrics, _) = event, metrics.step == 1 { OpenCLBackend.sealKernelCache() }
            report.observe(event)
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        switch outcome {
        case .finished:
            try report.finish(folder)
            return .done
        case .interrupted(let step):
            console.log(
                "interrupted and saved after step \(step); continue with: "
                    + "diptych train --out \(folder.path) --resume auto")
            return .interrupted
        }
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
    fileprivate init(_ choice: BackendChoice, seed: UInt64, data: [Checksum]) {
        self.init(
            device: choice.device, driver: choice.driver,
            backend: choice.isReference ? BackendChoice.reference : "opencl", toolchain: Program.toolchain,
            version: Program.version, commit: SourceCommit.current, seed: seed,
            arguments: Array(CommandLine.arguments.dropFirst()),
            data: data)
    }
}
