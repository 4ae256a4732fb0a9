// The k largest of each row: a work-group per row.

import GraphIR

extension Op.TopK {
    func launch(_ node: LoweredNode) -> Launch {
        let shape = node.inputShapes[0]
        let constants = RowGroupConstants(shape[1], on: node.target)
        return node.launch(
            KernelCall(
                "top_k", "top_k_rows", prelude: constants.prelude,
                [
                    .int32(shape[1]), .int32(count), .input(node.inputs[0]), .output(node.outputs[0]),
                    .output(node.outputs[1]),
                ], global: [shape[0] * constants.group], local: [constants.group], work: Work(bytes: node.bytes)))
    }
}
