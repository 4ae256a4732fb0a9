// The training step made runnable, with all its state: what runs, what is saved, what resumes.

public import Datasets
public import Evaluation
public import Execution
import GraphIR
import Layers
public import Objectives
public import Optimization
public import TensorCore

/// A model in training on a backend.
public final class Trainer<B: Backend> {
    /// What is trained.
    public let model: Model
    /// The number of steps begun: what is read of the model is its state after them.
    public private(set) var step = 0
    private let program: B.Program
    private let learningRate: Float
    private let objective: WeightedObjective
    /// The number of items of which the device makes the views, where it makes them.
    private let itemCount: Int?

    /// Makes the training of `model` runnable, from the weights that `seed` gives.
    ///
    /// - Parameters:
    ///   - pairs: the number of view pairs in a step.
    ///   - drawn: what the device makes the views of, where it makes them; it holds all images then.
    /// - Throws: `ExecutionError` when the backend fails; `.memory`, with the batch that would fit, where this one does
    ///   not.
    public init(
        _ model: Model, _ objective: WeightedObjective, _ optimizer: Optimizer, learningRate: Float, pairs: Int,
        seed: UInt64, drawing drawn: ViewPairs? = nil, on backend: B
    ) throws(ExecutionError) {
        (self.model, self.objective, self.learningRate) = (model, objective, learningRate)
        func graph(_ pairs: Int) throws(ExecutionError) -> Graph {
            try TrainingGraph.build(model, objective, optimizer, pairs: pairs, drawing: drawn)
        }
        do {
            program = try backend.compile(graph(pairs))
        } catch .memory(let needed, let available, let place, _) {
            let fitting = largest(in: 2..<max(2, pairs)) { (try? backend.plannedBytes(of: graph($0))) != nil }
            throw .memory(
                neededBytes: needed, availableBytes: available, place: place,
                advice: fitting.map { "a batch of \($0) pairs fits instead of \(pairs)" }
                    ?? "no batch fits, not even one of 2 pairs; "
                    + (drawn == nil ? ExecutionError.withoutBatch : "data.placement=host leaves the images out"))
        }
        itemCount = drawn?.itemCount
        if let drawn {
            try program.write(TrainingGraph.Name.imageTable, drawn.imageTable())
            try program.write(TrainingGraph.Name.pixels, drawn.pixels())
        }
        try Weights(model.parameters, seed: seed).load(into: program)
    }

    /// The bytes that the step's plan holds.
    public var plannedBytes: Int { program.plannedBytes }

    /// The program of the step, for profiles.
    public var executable: B.Program { program }

    /// Whether a step may be begun before the losses of the one before are read, and gain by it.
    public var runsAhead: Bool { program.runsAhead }

    /// The kernels that were chosen.
    public var kernelShapes: [String: String] { program.kernelShapes }

    /// Makes one step with the pairs of `view1` and `view2`, each [N, H, W, 1].
    ///
    /// - Throws: `TrainingError.notFinite` when the loss is no number: the state is then that after the update, not to
    ///   be saved; `.execution` when the backend fails.
    public func train(view1: Tensor, view2: Tensor) throws(TrainingError) -> StepLosses {
        try train(.views(view1, view2))
    }

    /// Makes one step of what it is given.
    ///
    /// - Throws: as `train(view1:view2:)`.
    public func train(_ input: StepInput) throws(TrainingError) -> StepLosses {
        try losses(of: start(input))
    }

    /// Begins one step of what it is given, whose losses are read later; with items, the random choices in their views
    /// are those of `ViewPairs.batch(step:)` for the steps begun so far.
    ///
    /// - Throws: `TrainingError.execution` with `.input` for views of another shape, for items that there are not, and for
    ///   items where the trainer does not draw, or views where it does; with another when the backend fails.
    public func start(_ input: StepInput) throws(TrainingError) -> StartedStep {
        var inputs = [Optimizer.Name.learningRate: Tensor(learningRate)]
        switch input {
        case .views(let view1, let view2):
            (inputs[TrainingGraph.Name.view1], inputs[TrainingGraph.Name.view2]) = (view1, view2)
        case .items(let items):
            if let itemCount, let wrong = items.first(where: { !(0..<itemCount).contains($0) }) {
                throw .execution(
                    .input(name: TrainingGraph.Name.items, reason: "names item \(wrong) of \(itemCount), from 0 on"))
            }
            inputs[TrainingGraph.Name.items] = Tensor([items.count], items.map { Int32(truncatingIfNeeded: $0) })
            inputs[TrainingGraph.Name.step] = Tensor(.scalar, [Int32(truncatingIfNeeded: step)])
        }
        let run = try executing { () throws(ExecutionError) in try program.start(inputs) }
        step += 1
        return StartedStep(number: step, run: run)
    }

    /// Waits for the step `started`, and reads its losses; to be called once for a step, and in their order.
    ///
    /// - Throws: as `train`.
    public func losses(of started: StartedStep) throws(TrainingError) -> StepLosses {
        let outputs = try executing { () throws(ExecutionError) in try started.run.outputs() }
        func value(_ name: String) -> Float { outputs[name]?.floats.first ?? .nan }
        let terms = objective.terms.map { StepLosses.Term(name: $0.objective.name, value: value($0.objective.name)) }
        let losses = StepLosses(total: value(TrainingGraph.Name.loss), terms: terms)
        guard losses.total.isFinite else {
            let culprit = terms.first { !$0.value.isFinite }
            throw .notFinite(
                step: started.number, term: culprit?.name ?? TrainingGraph.Name.loss, value: culprit?.value ?? .nan)
        }
        return losses
    }

    /// The model's weights as they are now.
    public func weights() throws(TrainingError) -> Weights {
        try executing { () throws(ExecutionError) in try Weights(model.parameters, of: program) }
    }

    /// Holds `values` of this step, by name, to be numbers all: the loss is computed before the update, and tells
    /// nothing of what the update made.
    ///
    /// - Throws: `TrainingError.diverged` for the first in the order of names that is not.
    func checkFinite(_ values: [String: Tensor]) throws(TrainingError) {
        for (name, tensor) in values.sorted(by: { $0.key < $1.key }) {
            if let value = tensor.floats.first(where: { !$0.isFinite }) {
                throw .diverged(step: step, variable: name, value: value)
            }
        }
    }

    /// Starts from `weights`, with the optimizer at rest.
    public func load(_ weights: Weights) throws(TrainingError) {
        try executing { () throws(ExecutionError) in try weights.load(into: program) }
    }

    /// The optimizer's variables by name: moments, and the number of updates.
    public func optimizerState() throws(TrainingError) -> [String: Tensor] {
        try executing { () throws(ExecutionError) in
            var state: [String: Tensor] = [:]
            for name in optimizerVariables { state[name] = try program.read(name) }
            return state
        }
    }

    /// Goes on from step `step` with these `weights` and the optimizer's variables `state`.
    public func resume(step: Int, weights: Weights, state: [String: Tensor]) throws(TrainingError) {
        try load(weights)
        try executing { () throws(ExecutionError) in
            for name in optimizerVariables {
                guard let value = state[name] else { throw .variable(name: name, reason: "is not saved") }
                try program.write(name, value)
            }
        }
        self.step = step
    }

    private var optimizerVariables: [String] {
        let others = Set(
            model.parameters.map(\.name) + [TrainingGraph.Name.pixels, TrainingGraph.Name.imageTable])
        return program.graph.variables.keys.filter { !others.contains($0) }.sorted()
    }
}

/// The largest number in `range` that `fits`, if all below one that fits do.
private func largest(in range: Range<Int>, that fits: (Int) -> Bool) -> Int? {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
        let middle = low + (high - low) / 2
        if fits(middle) { low = middle + 1 } else { high = middle }
    }
    return low > range.lowerBound ? low - 1 : nil
}

/// What a step is given of its pairs.
public enum StepInput: Sendable {
    /// The first and the second views, each [N, H, W, 1].
    case views(Tensor, Tensor)
    /// The items whose views the device makes, from 0 on and below `ViewPairs.itemCount`: one for each pair, and only for a
    /// trainer that draws.
    case items([Int])
}

/// A step that has begun.
public struct StartedStep {
    /// Its number, from 1 on.
    public let number: Int
    fileprivate let run: PendingRun
}

/// The losses of one step.
public struct StepLosses: Hashable, Sendable {
    /// The weighted sum.
    public let total: Float
    /// Each term, unweighted, by its objective's name, in the order of the objective.
    public let terms: [Term]

    /// One term.
    public struct Term: Hashable, Sendable {
        /// The objective's name.
        public let name: String
        /// The unweighted value.
        public let value: Float
    }
}
