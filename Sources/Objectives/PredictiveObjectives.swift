// Predictive learning: forward, from the features of one view to the other view; inverse, from feature to feature.

public import GraphIR
import TensorCore

/// L_FP, to be minimized: the reconstruction R(z_x) of each view's features, of unit length, is held against the other
/// view; both directions are added.
public enum ForwardPredictiveObjective: String, Hashable, Sendable, CaseIterable {
    /// Equation 2, negated: the mean over the batch of |s - R(z_x)|^2, a sum over pixels.
    case squaredError
    /// The mean over pixels of the cross-entropy of sigmoid(R(z_x)) with s.
    case binaryCrossEntropy
    /// The authors' form: as `binaryCrossEntropy` with the operands exchanged, softplus(s) - s R(z_x). Unbounded below.
    case reversedBinaryCrossEntropy
    /// The mean over pixels of (R(z_x) - logit(s))^2, with s clamped to [1e-4, 1 - 1e-4].
    case squaredErrorInLogits

    /// The loss of `views`, a scalar.
    public func loss(of views: ViewPair) -> Value {
        let logits = views.reconstruct(views.unitFeatures)
        let targets = views.exchanged(views.images)
        let builder = targets.builder
        // Both directions have the same number of terms: the sum of two means is twice the mean of all.
        switch self {
        case .squaredError:
            return logits.squaredErrorSum(targets) * (1 / Float(views.pairs))
        case .binaryCrossEntropy:
            return logits.binaryCrossEntropyWithLogits(targets: targets) * 2
        case .reversedBinaryCrossEntropy:
            return targets.binaryCrossEntropyWithLogits(targets: logits) * 2
        case .squaredErrorInLogits:
            // 1 - s is clamped as s is: taken from a clamped s near 1 it would keep three digits.
            let clamped = { (value: Value) in
                value.maximum(builder.constant(1e-4)).minimum(builder.constant(1 - 1e-4))
            }
            let targetLogits = clamped(targets).log() - clamped(builder.constant(1) - targets).log()
            return logits.meanSquaredError(targetLogits) * 2
        }
    }
}

/// L_IP, to be minimized: the distance of the views' features, of unit length. The scale is part of the choice, since
/// weights mean nothing without it.
public enum InversePredictiveObjective: String, Hashable, Sendable, CaseIterable {
    /// The authors' code: mse(z_x, z_s) + mse(z_s, z_x), twice the mean over all elements of the squared difference.
    case elementMean
    /// Equation 3, negated: the mean over the batch of |z_x - z_s|^2.
    case squaredNorm

    /// The loss of `views`, a scalar.
    public func loss(of views: ViewPair) -> Value {
        let (x, s) = views.split(views.unitFeatures)
        switch self {
        case .elementMean: return x.meanSquaredError(s) * 2
        case .squaredNorm: return x.squaredErrorSum(s) * (1 / Float(views.pairs))
        }
    }
}
