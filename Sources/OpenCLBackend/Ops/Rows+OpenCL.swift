// Rows chosen by index: gather, scatter-add, one-hot.

import GraphIR

extension Op.GatherRows {
    func launch(_ node: LoweredNode) -> Launch {
        let (table, count) = (node.inputShapes[0], node.outputShapes[0][0])
        return node.launch(
            KernelCall(
                "rows", "rows_gather",
                [
                    .int32(table[0]), .int32(count), .int32(table[1]), .input(node.inputs[0]), .input(node.inputs[1]),
                    .output(node.outputs[0]),
                ], .grid(table[1], count, on: node.target), work: Work(bytes: 2 * 4 * count * table[1])))
    }
}

extension Op.ScatterAddRows {
    func launch(_ node: LoweredNode) -> Launch {
        let updates = node.inputShapes[0]
        return node.launch(
            KernelCall(
                "rows", "rows_scatter_add",
                [
                    .int32(rows), .int32(updates[0]), .int32(updates[1]), .input(node.inputs[0]),
                    .input(node.inputs[1]), .output(node.outputs[0]),
                ], .grid(updates[1], rows, on: node.target), work: Work(operations: updates.count, bytes: node.bytes)))
    }
}

extension Op.OneHot {
    func launch(_ node: LoweredNode) -> Launch {
        let count = node.outputShapes[0][0]
        return node.launch(
            KernelCall(
                "rows", "rows_one_hot",
                [.int32(count), .int32(classes), .input(node.inputs[0]), .output(node.outputs[0])],
                .grid(classes, count, on: node.target), work: Work(bytes: node.bytes)))
    }
}
