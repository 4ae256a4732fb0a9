// A run from its first step to its last: pairs in, metrics and checkpoints out, evaluations on the way.

public import Configuration
public import Datasets
import Dispatch
public import Evaluation
public import Execution
import FoundationEssentials
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
    /// The pairs whose views the device makes; `nil` where the host makes them.
    public let drawn: ViewPairs?
    private let pairs: any PairSource
    private let judge: Judge<B>?
    private let circumstances: [String: String]
    private let environment: RunEnvironment?
    /// What has changed since the checkpoint that the run goes on from, and may change the bits: device, driver,
    /// precision, where views are made, kernels.
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
        /// The host did something; the next events may tell what it came to.
        case worked(HostWork)
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
    /// - Throws: `TrainingError` when the backend fails, the checkpoint cannot be read, or the device is to make views of
    ///   pairs that have theirs.
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
        let drawn = try configuration.drawnOnDevice(pairs, on: keeper)
        trainer = try executing { () throws(ExecutionError) in
            try Trainer(
                model, objective, configuration.updateRule, learningRate: Float(configuration.optimizer.learningRate),
                pairs: configuration.data.batch, seed: configuration.seed, drawing: drawn, on: keeper)
        }
        self.drawn = drawn
        var all = circumstances
        all["data.placement"] = (drawn == nil ? TrainingConfiguration.Data.Placement.host : .device).rawValue
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

    /// Makes all steps that are left. Where the backend runs ahead, a step is put in before the losses of the one before
    /// it are read; a checkpoint and an evaluation wait for all that was put in.
    ///
    /// - Parameters:
    ///   - shouldStop: asked after every step; `true` ends the run after the step that is under way, and saves.
    ///   - observe: told of every event.
    /// - Throws: `TrainingError`; what was saved before stays whole.
    public func run(
        shouldStop: () -> Bool = { false }, observe: (Event) throws -> Void = { _ in }
    ) throws -> Outcome {
        let first = trainer.step
        guard first < lastStep else { return .finished }
        let log = try folder.metricsLog(after: first)
        try folder.replaceConfiguration(with: configuration)
        if let environment { try folder.append(environment, goingOnAfter: first) }
        let events = try folder.eventLog(after: first, at: Date())
        let prefetcher = Prefetcher(pairs)
        var baselines = try first == 0 ? judgeBaselines(observe) : nil
        var (stops, completed) = (false, DispatchTime.now())
        var next: StartedStep? = try start(with: prefetcher, observe)
        while let current = next {
            let isLast = current.number == lastStep
            // A step is put in before the one before it is read, unless that one's state is wanted.
            let goesAhead = trainer.runsAhead && !stops && !isLast && !isLookedAt(afterStep: current.number)
            next = goesAhead ? try start(with: prefetcher, observe) : nil
            var record = try metrics(of: current, since: &completed, observe)
            record.baselines = baselines.take()?.json
            try judge(&record, isLast: isLast, events, observe)
            try log.append(record)
            try events.append(
                [("loss", record.loss)] + record.terms.map { ($0.name, $0.value) }, step: record.step, at: Date())
            try observe(.step(record, total: lastStep))
            stops = stops || !isLast && shouldStop()
            guard next == nil else { continue }
            if isLast || stops || isSaved(afterStep: current.number) {
                try log.synchronize()
                try save(log, wentOnAfter: first, observe)
            }
            if isLast { return .finished }
            if stops { return .interrupted(step: current.number) }
            completed = DispatchTime.now()
            next = try start(with: prefetcher, observe)
        }
        return .finished
    }

    /// Does a piece of work and tells of it.
    private func timed<Result>(
        _ kind: HostWork.Kind, step: Int, _ observe: (Event) throws -> Void, _ body: () throws -> Result
    ) throws -> Result {
        let (result, work) = try HostWork.timing(kind, step: step, body)
        try observe(.worked(work))
        return result
    }

    private func judgeBaselines(_ observe: (Event) throws -> Void) throws -> Baselines? {
        guard let judge else { return nil }
        let baselines = try timed(.evaluate, step: 0, observe) {
            Baselines(rawPixels: try judge.judgePixels(), untrained: try judge.judge(try trainer.weights()))
        }
        try observe(.baselines(baselines))
        return baselines
    }

    /// Puts the next step in.
    private func start(with prefetcher: Prefetcher, _ observe: (Event) throws -> Void) throws -> StartedStep {
        let step = trainer.step + 1
        let input = try timed(.batch, step: step, observe) { self.input(from: prefetcher) }
        return try timed(.putIn, step: step, observe) { try trainer.start(input) }
    }

    /// Reads what a step has come to. Its time is that since `completed`, when the step before it was done or, where
    /// something else was done after that, when it began itself; then it is `completed`.
    private func metrics(
        of started: StartedStep, since completed: inout DispatchTime, _ observe: (Event) throws -> Void
    ) throws -> StepMetrics {
        let step = started.number
        let losses = try timed(.readMetrics, step: step, observe) { try trainer.losses(of: started) }
        let now = DispatchTime.now()
        let seconds = Double(now.uptimeNanoseconds - completed.uptimeNanoseconds) * 1e-9
        completed = now
        return StepMetrics(
            step: step, epoch: epoch(ofStep: step), loss: losses.total,
            terms: losses.terms.map { .init($0.name, $0.value) }, learningRate: configuration.optimizer.learningRate,
            viewsPerSecond: 2 * Double(configuration.data.batch) / seconds)
    }

    /// What the next step is given.
    private func input(from prefetcher: Prefetcher) -> StepInput {
        if let drawn { return .items(drawn.order(step: trainer.step)) }
        let batch = prefetcher.batch(step: trainer.step)
        return .views(batch.view1, batch.view2)
    }

    /// The epoch in which `step` lies, both counted from 1.
    private func epoch(ofStep step: Int) -> Int { (step - 1) / pairs.stepsPerEpoch + 1 }

    private func isSaved(afterStep step: Int) -> Bool { step % configuration.training.checkpointEvery == 0 }

    private func isJudged(afterStep step: Int) -> Bool {
        let endsEpoch = step % pairs.stepsPerEpoch == 0
        return judge != nil && endsEpoch
            && configuration.training.evaluateEvery.contains(epoch: step / pairs.stepsPerEpoch)
    }

    private func isLookedAt(afterStep step: Int) -> Bool { isSaved(afterStep: step) || isJudged(afterStep: step) }

    /// Judges the features where that is due after the step of `record`, and notes it there.
    private func judge(
        _ record: inout StepMetrics, isLast: Bool, _ events: EventLog, _ observe: (Event) throws -> Void
    ) throws {
        guard let judge, isLast || isJudged(afterStep: record.step) else { return }
        let accuracy = try timed(.evaluate, step: record.step, observe) {
            let weights = try trainer.weights()
            try trainer.checkFinite(weights.values)
            return try judge.judge(weights)
        }
        record.evaluation = accuracy.json
        try events.append([("accuracy", Float(accuracy.accuracy))], step: record.step, at: Date())
        try observe(.evaluated(epoch: record.epoch, accuracy))
    }

    /// Saves the state, if it is one to go on from. What an earlier time after `first` left goes only then.
    private func save(_ log: MetricsLog, wentOnAfter first: Int, _ observe: (Event) throws -> Void) throws {
        let path = try timed(.save, step: trainer.step, observe) { try save(log, wentOnAfter: first) }
        try observe(.saved(step: trainer.step, path: path))
    }

    private func save(_ log: MetricsLog, wentOnAfter first: Int) throws -> String {
        let (weights, state) = (try trainer.weights(), try trainer.optimizerState())
        try trainer.checkFinite(weights.values)
        try trainer.checkFinite(state)
        let checkpoint = Checkpoint(
            step: trainer.step, epoch: epoch(ofStep: trainer.step), weights: weights, optimizerState: state,
            circumstances: circumstances, configuration: configuration.yaml)
        let path = folder.checkpointPath(step: trainer.step)
        try checkpoint.write(to: path)
        if log.keepsLater {
            // In this order: a checkpoint whose lines are gone would be gone on from with lines missing.
            folder.removeCheckpoints(after: first, butAfter: trainer.step)
            try log.replaceLater()
        }
        folder.removeOldCheckpoints(keeping: configuration.training.keepCheckpoints)
        return path
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
