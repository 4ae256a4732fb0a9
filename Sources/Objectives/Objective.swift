// The objectives of learning from two views, as types: what is compared, in which form, with which weight.

public import GraphIR
import TensorCore

/// One term of the loss. Source: Tsai et al., "Self-supervised Learning from a Multi-view Perspective", ICLR 2021.
public enum Objective: Hashable, Sendable {
    /// Keep what the views share: maximizes a lower bound of I(Z_X; S).
    case contrastive(ContrastiveObjective)
    /// Reconstruct the other view: minimizes H(S | Z_X).
    case forwardPredictive(ForwardPredictiveObjective)
    /// Discard what the views do not share: minimizes H(Z_X | S).
    case inversePredictive(InversePredictiveObjective)

    /// The name of the term in metrics: `contrastive`.
    public var name: String {
        switch self {
        case .contrastive: "contrastive"
        case .forwardPredictive: "forwardPredictive"
        case .inversePredictive: "inversePredictive"
        }
    }

    /// A word of warning to whoever chooses this objective, if it deserves one.
    public var warning: String? {
        switch self {
        case .forwardPredictive(.reversedBinaryCrossEntropy):
            "reversedBinaryCrossEntropy is unbounded below: it pushes the logits of ink to infinity, and the loss falls"
                + " without end; binaryCrossEntropy is the bounded form"
        case .contrastive, .forwardPredictive, .inversePredictive: nil
        }
    }

    /// The term, a scalar to be minimized, for `views`.
    public func loss(of views: ViewPair) -> Value {
        switch self {
        case .contrastive(let objective): objective.loss(of: views)
        case .forwardPredictive(let objective): objective.loss(of: views)
        case .inversePredictive(let objective): objective.loss(of: views)
        }
    }
}

/// What the objectives are given of a batch of N pairs: both views stacked, first all of X, then all of S.
public struct ViewPair {
    /// The features [2N, D], as the encoder makes them.
    public let features: Value
    /// The features scaled to unit length.
    public let unitFeatures: Value
    /// The projections [2N, D] of the head G, which contrastive objectives compare; with the identity, the features.
    public let projections: Value
    /// The images [2N, H, W, 1] with values in [0, 1].
    public let images: Value
    /// The reconstructor R: from features of unit length to logits like `images`.
    public let reconstruct: (Value) -> Value

    /// Makes the batch of N pairs, stacked.
    public init(
        features: Value, projections: Value? = nil, images: Value, reconstruct: @escaping (Value) -> Value
    ) {
        self.features = features
        unitFeatures = features.l2Normalized()
        self.projections = projections ?? features
        (self.images, self.reconstruct) = (images, reconstruct)
    }

    /// N.
    public var pairs: Int { features.shape[0] / 2 }

    /// The views of stacked rows.
    func split(_ stacked: Value) -> (x: Value, s: Value) {
        (stacked.rows(0..<pairs), stacked.rows(pairs..<2 * pairs))
    }

    /// Stacked rows with the views exchanged.
    func exchanged(_ stacked: Value) -> Value {
        let (x, s) = split(stacked)
        return Value.concatenate([s, x])
    }

    /// The projections, of unit length where asked.
    func projections(normalized: Bool) -> Value {
        guard normalized else { return projections }
        return projections.id == features.id ? unitFeatures : projections.l2Normalized()
    }
}

/// A sum of objectives, each with its weight: equation 4 of the paper.
public struct WeightedObjective: Hashable, Sendable {
    /// The terms with their weights; a kind of objective occurs once.
    public let terms: [Term]

    /// An objective with its weight.
    public struct Term: Hashable, Sendable {
        /// The factor of the term in the loss.
        public let weight: Float
        /// The term.
        public let objective: Objective
    }

    /// Makes the sum of `terms`.
    public init(_ terms: [(weight: Float, objective: Objective)]) {
        self.terms = terms.map { Term(weight: $0.weight, objective: $0.objective) }
        let names = terms.map(\.objective.name)
        precondition(Set(names).count == names.count, "WeightedObjective: a kind of objective occurs twice in \(names)")
    }

    /// Whether a reconstructor is needed.
    public var reconstructs: Bool {
        terms.contains { term in
            if case .forwardPredictive = term.objective { true } else { false }
        }
    }

    /// Whether projections are compared, so that a head has something to do.
    public var contrasts: Bool {
        terms.contains { term in
            if case .contrastive = term.objective { true } else { false }
        }
    }

    /// The loss, and each term by name, unweighted.
    public func loss(of views: ViewPair) -> (total: Value, terms: [(name: String, value: Value)]) {
        let values = terms.map { ($0.objective.name, $0.objective.loss(of: views)) }
        let weighted = zip(terms, values).map { $1.1 * $0.weight }
        let total = weighted.dropFirst().reduce(weighted.first ?? views.features.builder.constant(0), +)
        return (total, values)
    }
}
