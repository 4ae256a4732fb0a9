// The gradient of batch normalization, through the batch's own statistics.

import GraphIR

extension Op.BatchNormalization {
    /// The statistics themselves are not differentiated: they only feed the running ones.
    func gradientRule(_ node: DifferentiatedNode) -> GradientRule {
        guard node.outputGradients[1] == nil, node.outputGradients[2] == nil else { return .notDifferentiable }
        let operands = [
            node.gradient, node.inputs[0], node.inputs[1], node.outputs[1], node.outputs[2],
        ]
        return .gradients(node.builder.add(.batchNormalizationBackward(.init(of: self)), operands).map { $0 })
    }
}
