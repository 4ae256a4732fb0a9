// One training step as one graph: features of both views, objectives, gradients, updates of all variables.

public import Datasets
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
    /// take a view each. Where both lie in one value already, that is `together`.
    package func views(_ x: Value, _ s: Value, together: Value? = nil) -> ViewPair {
        let images = together ?? .concatenate([x, s])
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
        /// The items int32 [N] whose pairs of views the device makes.
        public static let items = "items"
        /// The number of the step, int32, from 0, which names the random choices of these views.
        public static let step = "step"
        /// The variables that hold the images, see `ViewPairs.pixels()` and `ViewPairs.imageTable()`.
        public static let (pixels, imageTable) = ("images.pixels", "images.table")
        /// The weighted sum of the terms.
        public static let loss = "loss"
    }

    /// The step of `model` for `pairs` pairs: its inputs are `view1`, `view2` and the learning rate, its outputs the
    /// loss and the unweighted terms, its variables the model's parameters and the optimizer's moments.
    ///
    /// With `drawn`, the graph makes the views by itself: its inputs are the items, the number of the step and the
    /// learning rate, and two variables hold the images.
    ///
    /// - Throws: `ExecutionError.graph` if sizes do not go together.
    public static func build(
        _ model: Model, _ objective: WeightedObjective, _ optimizer: Optimizer, pairs: Int,
        drawing drawn: ViewPairs? = nil
    ) throws(ExecutionError) -> Graph {
        let builder = GraphBuilder()
        let views =
            drawn.map { model.views(of: $0, pairs: pairs, in: builder) } ?? model.views(given: pairs, in: builder)
        let (loss, terms) = objective.loss(of: views)
        builder.output(Name.loss, loss)
        for (name, value) in terms { builder.output(name, value) }
        let trained = model.parameters.filter { $0.role == .trainable }
        optimizer.minimize(loss, over: trained.map { ($0.name, $0.value(in: builder)) })
        return try builder.finishVerified()
    }
}

extension Model {
    /// What objectives are given of the views that are a step's inputs.
    fileprivate func views(given pairs: Int, in builder: GraphBuilder) -> ViewPair {
        let shape = encoder.imageShape(pairs)
        return views(builder.input(TrainingGraph.Name.view1, shape), builder.input(TrainingGraph.Name.view2, shape))
    }

    /// What objectives are given of the views that the graph makes of the images of `drawn`.
    fileprivate func views(of drawn: ViewPairs, pairs: Int, in builder: GraphBuilder) -> ViewPair {
        let both = builder.views(of: drawn, pairs: pairs)
        return views(both.rows(0..<pairs), both.rows(pairs..<2 * pairs), together: both)
    }
}

extension GraphBuilder {
    /// The views [2N, S, S, 1] of N pairs of `drawn`, the first ones first: of the inputs `items` and `step`, and of the
    /// images in two variables.
    package func views(of drawn: ViewPairs, pairs: Int) -> Value {
        let images = variable(TrainingGraph.Name.imageTable, [drawn.imageCount, 3], .int32)
        let (views, angles) = drawViews(
            of: input(TrainingGraph.Name.items, [pairs], .int32),
            step: input(TrainingGraph.Name.step, .scalar, .int32), images: images, drawn.drawing)
        let op = Op.Resample(
            drawn.settings.augmentation, size: drawn.settings.size, longestSide: drawn.longestSide)
        return variable(TrainingGraph.Name.pixels, [drawn.pixelCount], .uint8)
            .resampled(op, images: images, views: views, angles: angles)
    }
}
