// Gradient descent with momentum, in the memory of the parameter and its sum of gradients.

import GraphIR

extension Op.Momentum {
    func launch(_ node: LoweredNode) -> Launch {
        let (inputs, outputs) = (node.inputs, node.outputs)
        let count = node.outputShapes[0].count
        return node.launch(
            KernelCall(
                "momentum", "momentum",
                [
                    .uint32(count), .float(momentum), .float(weightDecay), .input(inputs[0]), .input(inputs[1]),
                    .input(inputs[2]), .input(inputs[3]), .output(outputs[0]), .output(outputs[1]),
                ], .row(count, on: node.target), work: Work(operations: 6 * count, bytes: node.bytes)),
            mayOverwrite: [outputs[0]: [inputs[0], inputs[1]], outputs[1]: [inputs[2], inputs[1]]])
    }
}
