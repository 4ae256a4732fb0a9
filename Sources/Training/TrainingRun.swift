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
    private let environment: RunEnvironment?
    /// What has changed since the checkpoint that the run goes on from, and may change the bits: device, driver,
    /// precision, kernels.
    public let changes: [String]

    /// What happens during a run, in order.
    public enum Event {
        /// A step was made; `total` is the number of the last.
        case step(StepMetrics, total: Int)
        /// What needs no training was judged, before the first step.
        case baselines(Baselines)
        /// The features were judged.
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

    /// Makes a run ready: from fresh weights, from `weights`, or from `checkpoint`, whose kernels it keeps where its
    /// `circumstances` are these.
    ///
    /// - Parameters:
    ///   - folder: the folder of the run, made once all else is ready.
    ///   - judge: what judges features; `nil` for data without labels.
    ///   - checkpoint: the folder of the checkpoint that the run goes on from.
    ///   - circumstances: what the bits depend on besides the configuration, kept in checkpoints.
    ///   - environment: what to record of a run that goes on; `nil` for a new one.
    /// - Throws: `TrainingError` when the backend fails or the checkpoint cannot be read.
    public init(
        _ configuration: TrainingConfiguration, in folder: @autoclosure () throws(TrainingError) -> RunFolder,
        pairs: any PairSource, judge: Judge<B>?, on backend: B, startingFrom weights: Weights? = nil,
        checkpoint: String? = nil, circumstances: [String: String], goingOnIn environment: RunEnvironment? = nil
    ) throws(TrainingError) {
        (self.configuration, self.pairs, self.judge, self.environment) = (configuration, pairs, judge, environment)
        let objective = configuration.weightedObjective
        let model = configuration.model
        let saved = try checkpoint.map { (checkpoint) throws(TrainingError) in
            try Checkpoint(readFrom: checkpoint, parameters: model.parameters)
        }
        // The kernels of another device would be slow on this one, and the bits differ anyway.
        let isAtHome = saved.map { saved in
            !circumstances.isEmpty && circumstances.allSatisfy { saved.circumstances[$0.key] == $0.value }
        }
        let keeper = isAtHome == true ? backend.keeping(saved?.kernelShapes ?? [:]) : backend
        trainer = try executing { () throws(ExecutionError) in
            try Trainer(
                model, objective, configuration.updateRule, learningRate: Float(configuration.optimizer.learningRate),
                pairs: configuration.data.batch, seed: configuration.seed, on: keeper)
        }
        var all = circumstances
        for (name, shape) in trainer.kernelShapes { all[Checkpoint.kernelPrefix + name] = shape }
        all["precision"] = backend.precision.rawValue
        all["encoder.inputSize"] = String(configuration.encoder.inputSize)
        self.circumstances = all
        changes = saved?.changes(to: all) ?? []
        if let saved {
            try trainer.resume(step: saved.step, weights: saved.weights, state: saved.optimizerState)
        } else if let weights {
            try trainer.load(weights)
        }
        self.folder = try folder()
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
        let first = trainer.step
        guard first < lastStep else { return .finished }
        let metrics = try folder.metricsLog(after: first)
        try folder.replaceConfiguration(with: configuration)
        if let environment { try folder.append(environment, goingOnAfter: first) }
        let events = try folder.eventLog(after: first, at: Date())
        let prefetcher = Prefetcher(pairs)
        var baselines = try first == 0 ? judgeBaselines(observe) : nil
        while trainer.step < lastStep {
            var record = try step(with: prefetcher)
            record.baselines = baselines.take()?.json
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
                try save(metrics, wentOnAfter: first, observe)
            }
            if stops { return .interrupted(step: trainer.step) }
        }
        return .finished
    }

    private func judgeBaselines(_ observe: (Event) throws -> Void) throws -> Baselines? {
        guard let judge else { return nil }
        let baselines = Baselines(rawPixels: try judge.judgePixels(), untrained: try judge.judge(try trainer.weights()))
        try observe(.baselines(baselines))
        return baselines
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
        let weights = try trainer.weights()
        try trainer.checkFinite(weights.values)
        return try judge.judge(weights)
    }

    /// Saves the state, if it is one to go on from. What an earlier time after `first` left goes only then.
    private func save(_ metrics: MetricsLog, wentOnAfter first: Int, _ observe: (Event) throws -> Void) throws {
        let (weights, state) = (try trainer.weights(), try trainer.optimizerState())
        try trainer.checkFinite(weights.values)
        try trainer.checkFinite(state)
        let checkpoint = Checkpoint(
            step: trainer.step, weights: weights, optimizerState: state, circumstances: circumstances,
            configuration: configuration.yaml)
        let path = folder.checkpointPath(step: trainer.step)
        try checkpoint.write(to: path)
        if metrics.keepsLater {
            // In this order: a checkpoint whose lines are gone would be gone on from with lines missing.
            folder.removeCheckpoints(after: first, butAfter: trainer.step)
            try metrics.replaceLater()
        }
        folder.removeOldCheckpoints(keeping: configuration.training.keepCheckpoints)
        try observe(.saved(step: trainer.step, path: path))
    }
}

/// What needs no training, judged as the trained encoder is.
public struct Baselines: Hashable, Sendable {
    /// The accuracy of the pixels themselves.
    public let rawPixels: Accuracy
    /// The accuracy of the encoder before the first step.
    public let untrained: Accuracy

    /// Both with their protocols, as they stand in metrics.
    var json: JSONValue { ["rawPixels": rawPixels.json, "untrained": untrained.json] }
}
