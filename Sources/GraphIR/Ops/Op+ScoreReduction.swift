// Reductions over the scores of all pairs of rows, which no one stores, and their gradient.

public import TensorCore

extension Op {
    /// For each row of a, a reduction over its scores s_ij = scale <a_i, b_j> with the rows of b:
    /// y_i = log sum_j exp(s_ij), or sum_j softplus(s_ij). Memory grows with the rows, not with the pairs of them.
    /// Inputs: a [N, D], b [M, D]; without b, of a with itself. Outputs: y [N, 1], and its remainder [N, 1]: what float32
    /// leaves of a log-sum-exp, so that the gradient's exp(s - y) has its digits where y is large (0 where y is not
    /// finite, and of a sum of softplus, whose gradient does not need it).
    public struct ScoreReduction: OperationRule, Hashable {
        /// What is taken over the scores of a row.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// log sum_j exp(s_ij); -infinity over nothing.
            case logSumExp
            /// sum_j log(1 + e^s_ij); 0 over nothing.
            case softplusSum
        }
        /// What is taken over the scores of a row.
        public let kind: Kind
        /// The factor of the scalar products.
        public let scale: Float
        /// Whether s_ii is left out; then a and b have as many rows.
        public let excludesDiagonal: Bool
        public var name: String { "scoreReduction" }
        public var attributes: String {
            "\(kind.rawValue), scale \(scale)" + (excludesDiagonal ? ", without the diagonal" : "")
        }

        /// Makes the reduction of `kind`.
        public init(_ kind: Kind, scale: Float, excludesDiagonal: Bool = false) {
            (self.kind, self.scale, self.excludesDiagonal) = (kind, scale, excludesDiagonal)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expectCount(1...2)
            let rows = try rows(inputs)
            return [TensorType(.float32, [rows, 1]), TensorType(.float32, [rows, 1])]
        }

        /// N, after holding a, and b if there is one, against each other.
        fileprivate func rows(_ inputs: [TensorType]) throws(ShapeError) -> Int {
            try inputs.expect(inputs.count)
            let a = try inputs.shape(0, rank: 2, of: "the matrix")
            guard inputs.count == 2 else { return a[0] }
            let b = try inputs.shape(1, rank: 2, of: "the other matrix")
            guard a[1] == b[1], !excludesDiagonal || a[0] == b[0] else {
                throw ShapeError(
                    "matrices \(a) and \(b) do not go together\(excludesDiagonal ? " (\(attributes))" : "")")
            }
            return a[0]
        }
    }

    /// The gradient of `ScoreReduction`, from weights w_ij = dy_i exp(s_ij - y_i), or dy_i sigmoid(s_ij), and 0 where
    /// s_ij is left out: da_i = scale sum_j w_ij b_j, db_j = scale sum_i w_ij a_i.
    /// Inputs: a, b, y, remainder, dy [N, 1]; outputs: da, db. Without b: a, y, remainder, dy; and da + db.
    public struct ScoreReductionBackward: OperationRule, Hashable {
        /// The operation whose gradient this is.
        public let forward: ScoreReduction
        public var name: String { "scoreReductionBackward" }
        public var attributes: String { forward.attributes }

        /// Makes the gradient of `forward`.
        public init(of forward: ScoreReduction) {
            self.forward = forward
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expectCount(4...5)
            let matrices = Array(inputs.dropLast(3))
            let rows = try forward.rows(matrices)
            for (index, meaning) in zip(matrices.count..., ["the result", "the remainder", "the result's gradient"]) {
                try inputs.expect(index, shape: [rows, 1], of: meaning)
            }
            try inputs.expect(inputs.count)
            return matrices
        }
    }
}
