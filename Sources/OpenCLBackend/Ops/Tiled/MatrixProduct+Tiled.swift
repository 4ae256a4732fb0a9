// The matrix product on GPUs: a tile of the result to each work-group.

import GraphIR

/// The build constants of `tiled/matrix_product.cl`.
private struct TiledProductConstants: BuildConstants {
    let leftAlong: Int
    let rightAlong: Int
    let leftWide: Int
    let rightWide: Int
    let outputWide: Int
}

/// A matrix product by `tiled/matrix_product.cl`, of values or of scratch memory.
struct TiledProduct {
    private let op: Op.MatrixProduct
    private let sizes: Op.MatrixProduct.Sizes
    private let sum: TiledSum

    /// Prepares the product `op` of matrices of `sizes` in tiles of `tile`, for the elements of a result from `first` on.
    init(
        _ op: Op.MatrixProduct, _ sizes: Op.MatrixProduct.Sizes, after first: Int = 0, _ tile: GroupTile,
        on target: Target
    ) {
        (self.op, self.sizes) = (op, sizes)
        sum = TiledSum(
            rows: sizes.rows, columns: sizes.columns, depth: sizes.depth, batch: sizes.batch, after: first, tile,
            on: target)
    }

    /// The bytes of scratch memory that the calls need; none, or one number.
    var scratchBytes: [Int] { sum.scratchBytes }

    /// The calls that make `result` of `left` and `right`, by way of `scratch` if there is need of it.
    func calls(left: Memory, right: Memory, result: Memory, scratch: Memory) -> [Call] {
        let constants = TiledProductConstants(
            leftAlong: op.transposeLeft ? 1 : 0, rightAlong: op.transposeRight ? 0 : 1,
            leftWide: (op.transposeLeft ? sizes.rows : sizes.depth).isWide,
            rightWide: (op.transposeRight ? sizes.depth : sizes.columns).isWide, outputWide: sizes.columns.isWide)
        let arguments: [Argument] =
            [sizes.batch, sizes.rows, sizes.columns, sizes.depth, sum.span].map { .int32($0) }
            + [.memory(left), .memory(right)]
        return sum.calls(
            "tiled/matrix_product", "matrix_product", prelude: constants.prelude, arguments, result: result,
            scratch: scratch, work: sizes.work)
    }
}

extension Op.MatrixProduct {
    func tiledLaunch(_ node: LoweredNode, _ sizes: Sizes, _ tile: GroupTile) -> Launch {
        let product = TiledProduct(self, sizes, tile, on: node.target)
        return node.launch(
            scratchBytes: product.scratchBytes,
            calls: product.calls(
                left: .input(node.inputs[0]), right: .input(node.inputs[1]), result: .output(node.outputs[0]),
                scratch: .scratch(0)))
    }
}
