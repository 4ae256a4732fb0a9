// Reductions over axes, and operations on the rows of a matrix.

public import TensorCore

extension Op {
    /// The sum or the maximum over axes; a reduced axis stays, with extent 1. For float32.
    public struct Reduce: OperationRule, Hashable {
        /// What is taken over the axes.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// The sum; 0 over nothing.
            case sum
            /// The largest element; NaN if one is.
            case maximum
        }
        /// What is taken over the axes.
        public let kind: Kind
        /// The axes taken over, in ascending order.
        public let axes: [Int]
        public var name: String { "reduce" }
        public var attributes: String { "\(kind.rawValue) over \(axes)" }

        /// Makes the reduction of `kind` over `axes`.
        public init(_ kind: Kind, over axes: [Int]) {
            (self.kind, self.axes) = (kind, axes.sorted())
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = inputs[0].shape
            guard Set(axes).count == axes.count, axes.allSatisfy((0..<shape.rank).contains) else {
                throw ShapeError("axes \(axes) are not axes of \(shape)")
            }
            return [TensorType(.float32, Shape(shape.extents.indices.map { axes.contains($0) ? 1 : shape[$0] }))]
        }
    }

    /// y = log sum_j exp(x_j) over the last axis, which stays with extent 1; computed as m + log sum_j exp(x_j - m)
    /// with m the maximum. A row of -infinity gives -infinity.
    public struct LogSumExp: OperationRule, Hashable {
        public var name: String { "logSumExp" }

        /// Makes the log-sum-exp over rows.
        public init() {}

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = inputs[0].shape
            guard shape.rank >= 1 else { throw ShapeError("expects at least one axis, got a scalar") }
            return [TensorType(.float32, Shape(shape.extents.dropLast() + [1]))]
        }
    }

    /// y[i] = table[indices[i]]. Inputs: a table [M, D], int32 indices [N]; an index outside 0..<M gives a row of NaN.
    public struct GatherRows: OperationRule, Hashable {
        public var name: String { "gatherRows" }

        /// Makes a look-up of rows.
        public init() {}

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            let (table, indices) = try Op.rowsAndIndices(inputs, "the table")
            return [TensorType(.float32, [indices, table[1]])]
        }
    }

    /// y[m] = sum over i with indices[i] = m of updates[i], summed in ascending i: the gradient of `gatherRows`.
    /// Inputs: updates [N, D], int32 indices [N]; an index outside 0..<M adds nowhere.
    public struct ScatterAddRows: OperationRule, Hashable {
        /// M, the number of rows of the result.
        public let rows: Int
        public var name: String { "scatterAddRows" }
        public var attributes: String { "\(rows) rows" }

        /// Makes the sum of rows into a table of `rows`.
        public init(rows: Int) {
            self.rows = rows
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            let (updates, indices) = try Op.rowsAndIndices(inputs, "the updates")
            guard updates[0] == indices, rows > 0 else {
                throw ShapeError("\(updates[0]) updates, \(indices) indices, \(rows) rows")
            }
            return [TensorType(.float32, [rows, updates[1]])]
        }
    }

    /// y[i, c] = 1 where labels[i] = c, else 0. Input: int32 labels [N]; output [N, classes].
    public struct OneHot: OperationRule, Hashable {
        /// The number of classes.
        public let classes: Int
        public var name: String { "oneHot" }
        public var attributes: String { "\(classes) classes" }

        /// Makes one-hot rows of `classes`.
        public init(classes: Int) {
            self.classes = classes
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1, of: .int32)
            let labels = try inputs.shape(0, rank: 1, of: "the labels")
            guard classes > 0 else { throw ShapeError("\(classes) classes") }
            return [TensorType(.float32, [labels[0], classes])]
        }
    }

    /// The `k` largest elements of each row, descending, and their columns; of equal elements the first column comes
    /// first, and NaN counts as -infinity. Input [N, D], outputs float32 [N, k] and int32 [N, k].
    public struct TopK: OperationRule, Hashable {
        /// How many elements of each row are taken.
        public let count: Int
        public var name: String { "topK" }
        public var attributes: String { "k \(count)" }

        /// Makes the choice of the `count` largest.
        public init(_ count: Int) {
            self.count = count
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = try inputs.shape(0, rank: 2, of: "the matrix")
            guard count > 0, count <= shape[1] else { throw ShapeError("k \(count) of rows of \(shape[1])") }
            return [TensorType(.float32, [shape[0], count]), TensorType(.int32, [shape[0], count])]
        }
    }

    private static func rowsAndIndices(
        _ inputs: [TensorType], _ meaning: String
    ) throws(ShapeError) -> (rows: Shape, indices: Int) {
        try inputs.expectCount(2...2)
        guard inputs[0].element == .float32, inputs[1].element == .int32 else {
            throw ShapeError("inputs are \(inputs[0]) and \(inputs[1]), expected float32 rows and int32 indices")
        }
        let rows = try inputs.shape(0, rank: 2, of: meaning)
        let indices = try inputs.shape(1, rank: 1, of: "the indices")
        return (rows, indices[0])
    }
}
