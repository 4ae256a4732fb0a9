// Adam, in the memory of the parameter and its moments.

import Foundation
import GraphIR

extension Op.Adam {
    func launch(_ node: LoweredNode) -> Launch {
        let (inputs, outputs) = (node.inputs, node.outputs)
        let count = node.outputShapes[0].count
        let rates = KernelCall(
            "adam", "adam_rates",
            [
                .float(Float(log(Double(beta1)))), .float(Float(log(Double(beta2)))), .input(inputs[4]),
                .input(inputs[5]), .scratch(0),
            ], global: [1], local: [1])
        let update = KernelCall(
            "adam", "adam",
            [
                .uint32(count), .float(beta1), .float(beta2), .float(epsilon), .float(weightDecay), .input(inputs[0]),
                .input(inputs[1]), .input(inputs[2]), .input(inputs[3]), .scratch(0), .output(outputs[0]),
                .output(outputs[1]), .output(outputs[2]),
            ], .row(count, on: node.target), work: Work(operations: 14 * count, bytes: node.bytes))
        return node.launch(
            scratchBytes: [8],
            mayOverwrite: [
                outputs[0]: [inputs[0], inputs[1]], outputs[1]: [inputs[2], inputs[1]],
                outputs[2]: [inputs[3], inputs[1]],
            ], calls: [.kernel(rates), .kernel(update)])
    }
}
