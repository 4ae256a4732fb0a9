// A run from its first step to its last: pairs in, metrics and checkpoints out, evaluations on the way.

public import Configuration
public import Datasets
public import Evaluation
public import Execution
import Foundation
import Layers
import TensorCore

/// A training run in its folder.
public final class TrainingRun<B: Backend> {
    /// What the run computes.
    public let configuration: TrainingConfiguration
    /// Where it is written.
    public let folder: RunFolder
    /// The model in training.
    public let trainer: Trainer<B>
    private let pairs: any PairSource
    private let judge: Judge<B>?
    private let circumstances: [String: String]
    /// What has changed since the checkpoint that the run goes on from, and may change the bits: device, driver, kernels.
    public let changes: [String]

    /// What happens during a run, in order.
    public enum Event {
        /// A step was made; `total` is the number of the last.
        case step(StepMetrics, total: Int)
        /// The features were judged; epoch 0 is before training.
        case evaluated(epoch: Int, Accuracy)
        /// A checkpoint was written.
        case saved(step: Int, path: String)
    }

    /// How a run ended.
    public enum Outcome: Hashable, Sendable {
        /// All steps were made.
        case finished
        /// It was asked to stop after `step`, and is saved.
        case interrupted(step: Int)
    }

    /// Makes a run ready: from fresh weights, from `weights`, or from `checkpoint`.
    ///
    /// - Parameters:
    ///   - judge: what judges features; `nil` for data without labels.
    ///   - circumstances: what the bits depend on besides the configuration, kept in checkpoints.
    /// - Throws: `TrainingError` when the backend fails or the checkpoint cannot be read.
    public init(
        _ configuration: TrainingConfiguration, in folder: RunFolder, pairs: any PairSource, judge: Judge<B>?,
        on backend: B, startingFrom weights: Weights? = nil, checkpoint: RunFolder.SavedCheckpoint? = nil,
        circumstances: [String: String]
    ) throws(TrainingError) {
        (self.configuration, self.folder, self.pairs, self.judge) = (configuration, folder, pairs, judge)
        let objective = configuration.weightedObjective
        let model = Model(configuration.encoderSizes, for: objective)
        do {
            trainer = try Trainer(
                model, objective, configuration.updateRule, learningRate: Float(configuration.optimizer.learningRate),
                pairs: configuration.data.batch, seed: configuration.seed, on: backend)
        } catch {
            throw .execution(error)
        }
        var all = circumstances
        for (name, shape) in trainer.kernelShapes { all["kernels." + name] = shape }
        all["encoder.inputSize"] = String(configuration.encoder.inputSize)
        self.circumstances = all
        guard let checkpoint else {
            changes = []
            if let weights { try trainer.load(weights) }
            return
        }
        let saved = try Checkpoint(readFrom: checkpoint.path, parameters: model.parameters)
        changes = Set(all.keys).union(saved.circumstances.keys).sorted().compactMap { name in
            let (then, now) = (saved.circumstances[name] ?? "none", all[name] ?? "none")
            return then == now ? nil : "\(name) was '\(then)' and is '\(now)'"
        }
        try trainer.resume(step: saved.step, weights: saved.weights, state: saved.optimizerState)
    }

    /// The number of the last step.
    public var lastStep: Int {
        configuration.training.steps ?? (configuration.training.epochs ?? 1) * pairs.stepsPerEpoch
    }

    /// Makes all steps that are left.
    ///
    /// - Parameters:
    ///   - shouldStop: asked after every step; `true` saves and ends the run.
    ///   - observe: told of every event.
    /// - Throws: `TrainingError`; what was saved before stays whole.
    public func run(
        shouldStop: () -> Bool = { false }, observe: (Event) throws -> Void = { _ in }
    ) throws -> Outcome {
        let metrics = try folder.metricsLog(after: trainer.step)
        try folder.replaceConfiguration(with: configuration)
        let events = try folder.eventLog(after: trainer.step, at: Date())
        let prefetcher = Prefetcher(pairs)
        if trainer.step == 0, let accuracy = try judge?.judge(try trainer.weights()) {
            try observe(.evaluated(epoch: 0, accuracy))
        }
        var saved = trainer.step
        while trainer.step < lastStep {
            var record = try step(with: prefetcher)
            let isLast = trainer.step == lastStep
            if let accuracy = try evaluation(afterStep: trainer.step, isLast: isLast) {
                record.evaluation = accuracy.json
                try events.append([("accuracy", Float(accuracy.accuracy))], step: record.step, at: Date())
                try observe(.evaluated(epoch: record.epoch, accuracy))
            }
            try metrics.append(record)
            try events.append(
                [("loss", record.loss)] + record.terms.map { ($0.name, $0.value) }, step: record.step, at: Date())
            try observe(.step(record, total: lastStep))
            let stops = !isLast && shouldStop()
            if isLast || stops || trainer.step % configuration.training.checkpointEvery == 0 {
                try metrics.synchronize()
                try save(observe)
                saved = trainer.step
            }
            if stops { return .interrupted(step: saved) }
        }
        return .finished
    }

    private func step(with prefetcher: Prefetcher) throws -> StepMetrics {
        let start = DispatchTime.now()
        let batch = prefetcher.batch(step: trainer.step)
        let losses = try trainer.train(view1: batch.view1, view2: batch.view2)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
        return StepMetrics(
            step: trainer.step, epoch: (trainer.step - 1) / pairs.stepsPerEpoch + 1, loss: losses.total,
            terms: losses.terms.map { .init($0.name, $0.value) }, learningRate: configuration.optimizer.learningRate,
            viewsPerSecond: 2 * Double(configuration.data.batch) / seconds)
    }

    private func evaluation(afterStep step: Int, isLast: Bool) throws -> Accuracy? {
        let endsEpoch = step % pairs.stepsPerEpoch == 0
        let due = endsEpoch && configuration.training.evaluateEvery.contains(epoch: step / pairs.stepsPerEpoch)
        guard let judge, isLast || due else { return nil }
        return try judge.judge(try trainer.weights())
    }

    private func save(_ observe: (Event) throws -> Void) throws {
        let checkpoint = Checkpoint(
            step: trainer.step, weights: try trainer.weights(), optimizerState: try trainer.optimizerState(),
            circumstances: circumstances, configuration: configuration.yaml)
        let path = folder.checkpointPath(step: trainer.step)
        try checkpoint.write(to: path)
        folder.removeOldCheckpoints(keeping: configuration.training.keepCheckpoints)
        try observe(.saved(step: trainer.step, path: path))
    }
}
