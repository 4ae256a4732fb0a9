// The matrix product: by CLBlast or a tile to each work-group on GPUs, from packed panels on CPUs, plainly elsewhere.

import GraphIR

/// The build constants of `matrix_product.cl`.
private struct MatrixProductConstants: BuildConstants {
    let tile: Int
}

extension Op.MatrixProduct {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = sizes(node.inputShapes[0], node.inputShapes[1])
        switch node.choice {
        case .library(let tile): return libraryLaunch(node, sizes, tile)
        case .wide(let tile): return wideLaunch(node, sizes, tile)
        case .tiled(let tile): return tiledLaunch(node, sizes, tile)
        case .plain: return plainLaunch(node, sizes)
        }
    }

    private func libraryLaunch(_ node: LoweredNode, _ sizes: Sizes, _ tile: LibraryTile?) -> Launch {
        let call = ProductCall(
            left: .input(node.inputs[0]), right: .input(node.inputs[1]), result: .output(node.outputs[0]), op: self,
            sizes: sizes, tile: tile)
        return node.launch(calls: [.product(call)])
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: Sizes) -> Launch {
        let tile = node.target.maximumWorkGroup >= 256 && node.target.kind != .simulator ? 16 : 8
        let (m, n, k) = (sizes.rows, sizes.columns, sizes.depth)
        let (left, right) = (transposeLeft ? (1, m) : (k, 1), transposeRight ? (1, k) : (n, 1))
        let arguments: [Argument] =
            [m, n, k, left.0, left.1, right.0, right.1].map { .uint32($0) }
            + [.input(node.inputs[0]), .input(node.inputs[1]), .output(node.outputs[0])]
        return node.launch(
            KernelCall(
                "matrix_product", "matrix_product", prelude: MatrixProductConstants(tile: tile).prelude, arguments,
                global: [n.roundedUp(to: tile), m.roundedUp(to: tile), sizes.batch], local: [tile, tile, 1],
                work: sizes.work))
    }
}

extension Op.MatrixProduct.Sizes {
    /// Two operations per term; both operands and the result moved once.
    var work: Work {
        Work(
            operations: 2 * batch * rows * columns * depth,
            bytes: 4 * batch * (rows * depth + depth * columns + rows * columns))
    }
}
