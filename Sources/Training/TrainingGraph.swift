// One training step as one graph: features of both views, objectives, gradients, updates of all variables.

public import Execution
public import GraphIR
public import Layers
public import Objectives
public import Optimization
import TensorCore

/// What is trained: an encoder for both views, and a reconstructor where an objective asks for one.
public struct Model: Sendable {
    /// The encoder, the same for both views.
    public let encoder: Encoder
    /// The reconstructor of forward-predictive learning.
    public let reconstructor: Reconstructor?

    /// Makes the model of `sizes` that `objective` needs.
    public init(_ sizes: Encoder.Sizes, for objective: WeightedObjective) {
        encoder = Encoder(sizes)
        reconstructor = objective.reconstructs ? Reconstructor(sizes) : nil
    }

    /// All parameters: the encoder's, then the reconstructor's.
    public var parameters: [Parameter] { encoder.parameters + (reconstructor?.parameters ?? []) }
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
    /// Both views go through the encoder as one batch; batch normalization takes the statistics of each by itself.
    ///
    /// - Throws: `ExecutionError.graph` if sizes do not go together.
    public static func build(
        _ model: Model, _ objective: WeightedObjective, _ optimizer: Optimizer, pairs: Int
    ) throws(ExecutionError) -> Graph {
        let builder = GraphBuilder()
        let images = Value.concatenate([
            builder.input(Name.view1, model.encoder.imageShape(pairs)),
            builder.input(Name.view2, model.encoder.imageShape(pairs)),
        ])
        let mode = Mode.training(views: 2)
        let views = ViewPair(features: model.encoder(images, mode), images: images) { features in
            model.reconstructor.map { $0(features, mode) } ?? features
        }
        let (loss, terms) = objective.loss(of: views)
        builder.output(Name.loss, loss)
        for (name, value) in terms { builder.output(name, value) }
        let trained = model.parameters.filter { $0.role == .trainable }
        optimizer.minimize(loss, over: trained.map { ($0.name, $0.value(in: builder)) })
        return try builder.finishVerified()
    }
}
