// Samples of the matrix product: every transposition, sizes around the tiles, batches.

import GraphIR
import TensorCore

/// Rows, columns, depth.
private let productSizes = [
    (1, 1, 1), (1, 17, 33), (33, 1, 5), (3, 5, 7), (4, 4, 4), (12, 32, 16), (13, 33, 17), (15, 31, 33), (16, 16, 16),
    (17, 15, 1), (11, 65, 31), (33, 31, 130), (36, 20, 132),
]

extension OperationSample {
    static let matrixProducts: [OperationSample] =
        productSizes.flatMap { sizes in transpositions.map { product(sizes, $0) } }
        + transpositions.flatMap { [product((5, 7, 3), $0, batch: [3]), product((17, 4, 9), $0, batch: [2, 2])] }
        + [
            product((67, 129, 783), (false, false), .medium), product((64, 96, 385), (false, true), .medium),
            product((129, 65, 401), (true, false), .medium), product((33, 47, 770), (true, true), .medium),
            product((63, 65, 15), (false, true), .medium), product((128, 64, 16), (true, false), .medium),
            product((65, 127, 17), (false, false), .medium), product((5, 130, 1037), (true, true), .medium),
            product((48, 50, 52), (false, true), .medium, batch: [7]), product((25, 1090, 36), (false, false), .medium),
            OperationSample("matrixProduct", "with outliers", terms: 33) { draw in
                ["a": draw.outliers([5, 33]), "b": draw.outliers([33, 7])]
            } build: {
                ["y": $0["a"].matrixProduct($0["b"])]
            },
            OperationSample("matrixProduct", "of a matrix with itself", terms: 17, differentiable: ["a"]) {
                ["a": $0.normal([17, 17])]
            } build: {
                [
                    "product": $0["a"].matrixProduct($0["a"]),
                    "gram": $0["a"].matrixProduct($0["a"], transposeRight: true),
                ]
            },
            OperationSample("matrixProduct", "NaN and infinity stay in their rows", terms: 7) { draw in
                let a = draw.placing(
                    .infinity, at: [2], in: draw.placing(.nan, at: [7 * 3 + 4], in: draw.uniform([5, 7], 1, 2)))
                return ["a": a, "b": draw.uniform([7, 3], 1, 2)]
            } build: {
                ["y": $0["a"].matrixProduct($0["b"])]
            },
        ]

    private static let transpositions = [(false, false), (true, false), (false, true), (true, true)]

    /// A product of `sizes` rows, columns and depth, with operands read transposed where asked.
    static func product(
        _ sizes: (rows: Int, columns: Int, depth: Int), _ transposed: (left: Bool, right: Bool),
        _ extent: Extent = .small, batch: [Int] = []
    ) -> OperationSample {
        let left = transposed.left ? [sizes.depth, sizes.rows] : [sizes.rows, sizes.depth]
        let right = transposed.right ? [sizes.columns, sizes.depth] : [sizes.depth, sizes.columns]
        let (leftShape, rightShape) = (Shape(batch + left), Shape(batch + right))
        let marks = (transposed.left ? "'" : "", transposed.right ? "'" : "")
        return OperationSample(
            "matrixProduct", "\(leftShape)\(marks.0) \(rightShape)\(marks.1)", extent, terms: sizes.depth,
            differentiable: extent == .small ? ["a", "b"] : []
        ) { draw in
            ["a": draw.uniform(leftShape), "b": draw.uniform(rightShape)]
        } build: { x in
            ["y": x["a"].matrixProduct(x["b"], transposeLeft: transposed.left, transposeRight: transposed.right)]
        }
    }
}
