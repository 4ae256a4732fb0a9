// A training step on two backends: losses, and the gradient of every parameter.

public import Execution
import GraphIR
public import Layers
public import Objectives
import Optimization
import TensorCore

/// Holds a whole training step of a backend against the reference.
public struct StepCheck: Sendable {
    /// One value of the step on both backends.
    public struct Row: Sendable {
        /// The loss, or `gradient of f.0.weight`.
        public let name: String
        /// The norm of the difference over the larger of the value's norm and a thousandth of the whole gradient's.
        public let relativeError: Double
        /// The error that is allowed.
        public let bound: Double

        /// Whether both backends agree.
        public var agrees: Bool { relativeError <= bound }
    }

    /// The comparisons, in the order of computation: losses first.
    public let rows: [Row]

    /// The first value of the step that differs, where a row does and the fault lies in one node.
    public let firstDifference: StepDifference?

    /// The rows that differ.
    public var differences: [Row] { rows.filter { !$0.agrees } }

    /// The errors of a loss, of a value on the way to it, and of a gradient, that are allowed on a device that rounds the
    /// factors of products to `precision`.
    static func allowedErrors(at precision: Precision) -> (loss: Double, value: Double, gradient: Double) {
        switch precision {
        case .float32: (1e-4, 5e-3, 5e-3)
        case .tf32: (1e-2, 1e-1, 1e-1)
        case .bf16: (1e-1, 5e-1, 5e-1)
        }
    }

    /// Makes one step of `objective` with `pairs` random pairs on both backends, from the same weights.
    ///
    /// A gradient through four batch normalizations of few images carries rounding errors of some 1e-4 of its size; a
    /// wrong kernel errs by 1e-1. Where factors are rounded, both are larger, see `allowedErrors`. The bias of a
    /// convolution before a batch normalization has the gradient 0, of which only rounding is left: it is measured by the
    /// size of the whole gradient.
    ///
    /// - Throws: `TrainingError.execution` when a backend fails.
    public init(
        _ sizes: Encoder.Sizes, _ objective: WeightedObjective, pairs: Int, seed: UInt64, on backend: some Backend,
        against reference: some Backend
    ) throws(TrainingError) {
        let step = CheckedStep(sizes, objective, pairs: pairs, seed: seed)
        let (computed, expected) = (try step.results(on: backend), try step.results(on: reference))
        let allowed = Self.allowedErrors(at: backend.precision)
        let whole = expected.gradients.reduce(0) { $0 + $1.value.squareNorm }.squareRoot()
        var rows = zip(computed.losses, expected.losses).map { computed, expected in
            let error = abs(Double(computed.value) - Double(expected.value)) / max(abs(Double(expected.value)), 1e-6)
            return Row(
                name: "loss " + expected.name, relativeError: error.isNaN ? .infinity : error, bound: allowed.loss)
        }
        for (name, gradient) in expected.gradients {
            guard let found = computed.gradients.first(where: { $0.name == name })?.value else { continue }
            let difference = zip(found.floats, gradient.floats).reduce(0) { sum, pair in
                sum + (Double(pair.0) - Double(pair.1)) * (Double(pair.0) - Double(pair.1))
            }
            let error = difference.squareRoot() / max(gradient.squareNorm.squareRoot(), 1e-3 * whole)
            rows.append(
                Row(
                    name: "gradient of " + name, relativeError: error.isNaN ? .infinity : error,
                    bound: allowed.gradient))
        }
        self.rows = rows
        firstDifference =
            rows.allSatisfy(\.agrees)
            ? nil
            : try executing { () throws(ExecutionError) in
                try StepDifference(in: step, on: backend, against: reference)
            }
    }
}

/// One step from seeded weights, with seeded pairs.
struct CheckedStep {
    let model: Model
    let objective: WeightedObjective
    let pairs: Int
    let seed: UInt64
    let views: [Tensor]
    /// Without momentum and decay, what the optimizer keeps after one step is the gradient.
    let optimizer = Optimizer.momentum(.init(momentum: 0))
    let learningRate: Float = 1e-3

    init(_ sizes: Encoder.Sizes, _ objective: WeightedObjective, pairs: Int, seed: UInt64) {
        (model, self.objective, self.pairs, self.seed) = (Model(sizes, for: objective), objective, pairs, seed)
        var generator = CounterGenerator(seed: seed, stream: 1)
        let shape = model.encoder.imageShape(pairs)
        views = (0..<2).map { _ in Tensor(shape, generator.nextUniforms(shape.count)) }
    }

    /// The losses, and the gradient of every parameter.
    func results(
        on backend: some Backend
    ) throws(TrainingError) -> (losses: [StepLosses.Term], gradients: [(name: String, value: Tensor)]) {
        let trainer = try executing { () throws(ExecutionError) in
            try Trainer(model, objective, optimizer, learningRate: learningRate, pairs: pairs, seed: seed, on: backend)
        }
        let losses = try trainer.train(view1: views[0], view2: views[1])
        let state = try trainer.optimizerState()
        let gradients = model.parameters.filter { $0.role == .trainable }.compactMap { parameter in
            state[Optimizer.Name.firstMoment(parameter.name)].map { (name: parameter.name, value: $0) }
        }
        return ([.init(name: "in all", value: losses.total)] + losses.terms, gradients)
    }
}

extension Tensor {
    var squareNorm: Double { floats.reduce(0) { $0 + Double($1) * Double($1) } }
}
