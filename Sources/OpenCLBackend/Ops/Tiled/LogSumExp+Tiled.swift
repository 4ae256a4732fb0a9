// Log-sum-exp over rows on GPUs: some rows to a work-group.

import GraphIR

extension Op.LogSumExp {
    func tiledLaunch(_ node: LoweredNode, _ tile: GroupTile) -> Launch {
        let shape = node.inputShapes[0]
        let columns = shape[shape.rank - 1]
        let rows = shape.count / columns
        let group = tile.fitted(to: rows, by: columns)
        return node.launch(
            KernelCall(
                "tiled/logsumexp", "logsumexp_rows", prelude: GroupConstants(group).prelude,
                [.uint32(rows), .uint32(columns), .input(node.inputs[0]), .output(node.outputs[0])],
                global: [group.columns, rows.roundedUp(to: group.rows)], local: [group.columns, group.rows],
                work: Work(operations: 4 * shape.count, bytes: node.bytes)))
    }
}
