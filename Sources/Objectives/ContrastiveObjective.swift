// Contrastive learning: the views of one thing are told from those of others.

public import GraphIR
import TensorCore

/// L_CL, to be minimized, in three forms.
public struct ContrastiveObjective: Hashable, Sendable {
    /// The form of the bound.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Equation 1, negated: -(1/n) sum_i log(e^<x_i,s_i> / ((1/n) sum_j e^<x_i,s_j>)); from X to S only, with the
        /// 1/n inside, so that it is at least -log n.
        case infoNCE
        /// NT-Xent, the authors' code: over all 2n vectors z, with itself left out of the denominator:
        /// -(1/2n) sum_i log(e^<z_i,z_i'> / sum_(j != i) e^<z_i,z_j>).
        case ntXent
        /// The Jensen-Shannon form of the authors' code: mean_i softplus(-<x_i,s_i>) plus the mean over i != j of
        /// softplus, a quarter each of <x_i,x_j> and <s_i,s_j> and a half of <x_i,s_j>.
        case jensenShannon
    }

    /// The form.
    public let kind: Kind
    /// What the scores are divided by.
    public let temperature: Float
    /// Whether projections are scaled to unit length, so that scores are cosines.
    public let normalize: Bool

    /// Makes the objective of `kind`; the other choices default to those of its source.
    ///
    /// - Parameters:
    ///   - temperature: 1 for `infoNCE`, 0.1 for the others.
    ///   - normalize: not for `infoNCE`, yes for the others.
    public init(_ kind: Kind, temperature: Float? = nil, normalize: Bool? = nil) {
        self.kind = kind
        self.temperature = temperature ?? (kind == .infoNCE ? 1 : 0.1)
        self.normalize = normalize ?? (kind != .infoNCE)
    }

    /// The loss of `views`, a scalar.
    public func loss(of views: ViewPair) -> Value {
        let z = views.projections(normalized: normalize)
        switch kind {
        case .infoNCE: return infoNCE(views.split(z))
        case .ntXent: return ntXent(z, views)
        case .jensenShannon: return jensenShannon(views.split(z))
        }
    }

    /// <a_i, b_i> / temperature, as a column.
    private func pairScores(_ a: Value, _ b: Value) -> Value {
        (a * b).sum(over: [1]) * (1 / temperature)
    }

    /// The reduction `kind` over <a_i, b_j> / temperature for all j, or all but i, as a column.
    private func reduce(
        _ kind: Op.ScoreReduction.Kind, _ a: Value, _ b: Value, excludesDiagonal: Bool
    ) -> Value {
        a.scoreReduction(kind, with: b, scale: 1 / temperature, excludesDiagonal: excludesDiagonal)
    }

    private func infoNCE(_ views: (x: Value, s: Value)) -> Value {
        let (x, s) = views
        let partition = reduce(.logSumExp, x, s, excludesDiagonal: false) - logarithm(of: x.shape[0], x.builder)
        return (partition - pairScores(x, s)).meanOfAll()
    }

    private func ntXent(_ z: Value, _ views: ViewPair) -> Value {
        let others = reduce(.logSumExp, z, z, excludesDiagonal: true)
        return (others - pairScores(z, views.exchanged(z))).meanOfAll()
    }

    private func jensenShannon(_ views: (x: Value, s: Value)) -> Value {
        let (x, s) = views
        let count = Float(x.shape[0])
        let attraction = (-pairScores(x, s)).softplus().meanOfAll()
        let mean = { (a: Value, b: Value) in
            reduce(.softplusSum, a, b, excludesDiagonal: true).sumOfAll() * (1 / (count * (count - 1)))
        }
        let repulsion = mean(x, x) + mean(s, s) + mean(x, s) * 2
        return attraction + repulsion * 0.25
    }

    private func logarithm(of count: Int, _ builder: GraphBuilder) -> Value {
        builder.constant(Float(count)).log()
    }
}
