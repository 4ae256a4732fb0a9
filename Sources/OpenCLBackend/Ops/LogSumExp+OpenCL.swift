// Log-sum-exp over rows: a work-group per row.

import GraphIR

/// The build constants of `logsumexp.cl` and `top_k.cl`.
struct RowGroupConstants: BuildConstants {
    let group: Int

    /// A work-group that `target` can run, no larger than `columns` asks for.
    init(_ columns: Int, on target: Target) {
        var group = 1
        while group < columns && group * 2 <= min(target.groupSize, 64) { group *= 2 }
        self.group = group
    }
}

extension Op.LogSumExp {
    func launch(_ node: LoweredNode) -> Launch {
        switch node.choice {
        case .tiled(let tile): tiledLaunch(node, tile)
        case .plain, .wide, .winograd, .library: plainLaunch(node)
        }
    }

    private func plainLaunch(_ node: LoweredNode) -> Launch {
        let shape = node.inputShapes[0]
        let columns = shape[shape.rank - 1]
        let constants = RowGroupConstants(columns, on: node.target)
        return node.launch(
            KernelCall(
                "logsumexp", "logsumexp_rows", prelude: constants.prelude,
                [.uint32(columns), .input(node.inputs[0]), .output(node.outputs[0])],
                global: [node.outputShapes[0].count * constants.group], local: [constants.group],
                work: Work(operations: 4 * shape.count, bytes: node.bytes)))
    }
}
