// One training step as one graph: features of both views, objectives, gradients, updates of all variables.

public import Execution
public import GraphIR
public import Layers
public import Objectives
public import Optimization
import TensorCore

/// What is trained: an encoder for X, one for S where that has its own, the head, and a reconstructor where an objective
/// asks for one.
public struct Model: Sendable {
    /// The encoder of X, and of S where that has none of its own; the one that is used after training.
    public let encoder: Encoder
    /// The encoder of S, where it is another.
    public let secondEncoder: Encoder?
    /// The head G of contrastive learning; without one, projections are the features.
    public let head: Head?
    /// The reconstructor of forward-predictive learning.
    public let reconstructor: Reconstructor?

    /// What the names of parameters begin with on disk, besides those of the encoder of X: `f.0.weight`.
    public enum Prefix {
        /// The encoder of S.
        public static let secondEncoder = "s."
        /// The head.
        public static let head = "head."
        /// The reconstructor.
        public static let reconstructor = "recon."
        /// All of them.
        public static let all = [secondEncoder, head, reconstructor]
    }

    /// Makes the model of `sizes` that `objective` needs; with `sharesEncoder` both views have one encoder.
    public init(
        _ sizes: Encoder.Sizes, for objective: WeightedObjective, sharesEncoder: Bool = true, head: Head.Kind? = nil
    ) {
        encoder = Encoder(sizes)
        secondEncoder = sharesEncoder ? nil : Encoder(sizes, prefix: Prefix.secondEncoder)
        self.head = objective.contrasts ? head.map { Head($0, features: sizes.features) } : nil
        reconstructor = objective.reconstructs ? Reconstructor(sizes) : nil
    }

    /// All parameters, those of the encoder of X first.
    public var parameters: [Parameter] {
        encoder.parameters + (secondEncoder?.parameters ?? []) + (head?.parameters ?? [])
            + (reconstructor?.parameters ?? [])
    }

    /// The prefixes of what other models have and this one has not.
    public var foreignPrefixes: [String] {
        [
            (Prefix.secondEncoder, secondEncoder == nil), (Prefix.head, head == nil),
            (Prefix.reconstructor, reconstructor == nil),
        ]
        .filter(\.1).map(\.0)
    }

    /// What objectives are given of images `x` and `s` [N, H, W, 1], in training.
    ///
    /// One encoder takes both views as one batch, whose batch normalization takes the statistics of each by itself; two
    /// take a view each.
    package func views(_ x: Value, _ s: Value) -> ViewPair {
        let images = Value.concatenate([x, s])
        let mode = Mode.training(views: 2)
        let features =
            secondEncoder.map { .concatenate([encoder(x, .training(views: 1)), $0(s, .training(views: 1))]) }
            ?? encoder(images, mode)
        return ViewPair(features: features, projections: head.map { $0(features, mode) }, images: images) { features in
            reconstructor.map { $0(features, mode) } ?? features
        }
    }
}

/// The graph of one training step.
public enum TrainingGraph {
    /// The names of its inputs and of the output that is the loss; each term has its objective's name.
    public enum Name {
        /// The first views [N, H, W, 1] of the pairs.
        public static let view1 = "view1"
        /// The second views [N, H, W, 1] of the pairs.
        public static let view2 = "view2"
        /// The weighted sum of the terms.
        public static let loss = "loss"
    }

    /// The step of `model` for `pairs` pairs: its inputs are `view1`, `view2` and the learning rate, its outputs the
    /// loss and the unweighted terms, its variables the model's parameters and the optimizer's moments.
    ///
    /// - Throws: `ExecutionError.graph` if sizes do not go together.
    public static func build(
        _ model: Model, _ objective: WeightedObjective, _ optimizer: Optimizer, pairs: Int
    ) throws(ExecutionError) -> Graph {
        let builder = GraphBuilder()
        let shape = model.encoder.imageShape(pairs)
        let views = model.views(builder.input(Name.view1, shape), builder.input(Name.view2, shape))
        let (loss, terms) = objective.loss(of: views)
        builder.output(Name.loss, loss)
        for (name, value) in terms { builder.output(name, value) }
        let trained = model.parameters.filter { $0.role == .trainable }
        optimizer.minimize(loss, over: trained.map { ($0.name, $0.value(in: builder)) })
        return try builder.finishVerified()
    }
}
