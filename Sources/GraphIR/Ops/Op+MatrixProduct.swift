// The matrix product, with every transposition, over batches.

public import TensorCore

extension Op {
    /// Y[b] = op(A[b]) op(B[b]) with op the identity or the transposition. Inputs: [..., M, K] and [..., K, N] after
    /// op, with the same leading axes; output [..., M, N].
    public struct MatrixProduct: OperationRule, Hashable {
        /// Whether the left operand is read transposed.
        public let transposeLeft: Bool
        /// Whether the right operand is read transposed.
        public let transposeRight: Bool
        public var name: String { "matrixProduct" }
        public var attributes: String {
            [transposeLeft ? "left transposed" : nil, transposeRight ? "right transposed" : nil]
                .compactMap { $0 }.joined(separator: ", ")
        }

        /// Makes the product of operands that are read transposed where asked.
        public init(transposeLeft: Bool = false, transposeRight: Bool = false) {
            (self.transposeLeft, self.transposeRight) = (transposeLeft, transposeRight)
        }

        /// The sizes of a product: `batch` times [rows, depth] by [depth, columns].
        public struct Sizes: Hashable, Sendable {
            /// The number of products.
            public let batch: Int
            /// M, the rows of the result.
            public let rows: Int
            /// N, the columns of the result.
            public let columns: Int
            /// K, the terms of each sum.
            public let depth: Int
        }

        /// The sizes of the product of operands of the shapes `left` and `right`.
        public func sizes(_ left: Shape, _ right: Shape) -> Sizes {
            let (m, k) = (left[left.rank - 2], left[left.rank - 1])
            let (p, n) = (right[right.rank - 2], right[right.rank - 1])
            return Sizes(
                batch: left.extents.dropLast(2).reduce(1, *), rows: transposeLeft ? k : m,
                columns: transposeRight ? p : n, depth: transposeLeft ? m : k)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(2)
            let (left, right) = (inputs[0].shape, inputs[1].shape)
            guard left.rank >= 2, right.rank == left.rank else {
                throw ShapeError("operands \(left) and \(right), expected two matrices or two batches of one rank")
            }
            let sizes = sizes(left, right)
            let rightDepth = transposeRight ? right[right.rank - 1] : right[right.rank - 2]
            guard left.extents.dropLast(2) == right.extents.dropLast(2), sizes.depth == rightDepth else {
                let how = attributes.isEmpty ? "" : " (\(attributes))"
                throw ShapeError("operands \(left) and \(right)\(how) do not go together")
            }
            return [TensorType(.float32, Shape(left.extents.dropLast(2) + [sizes.rows, sizes.columns]))]
        }
    }
}
