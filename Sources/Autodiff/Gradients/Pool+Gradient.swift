// Gradients of the pooling operations.

import GraphIR

extension Op.MaxPool {
    func gradient(_ node: DifferentiatedNode) -> Value? {
        guard let dy = node.outputGradients[0] else { return nil }
        let op = Op.MaxPoolBackward(geometry, inputShape: node.inputs[0].shape)
        return node.builder.add(.maxPoolBackward(op), [dy, node.outputs[1]])[0]
    }
}

extension Op.AveragePool {
    func gradient(_ node: DifferentiatedNode) -> Value {
        let op = Op.AveragePoolBackward(geometry, inputShape: node.inputs[0].shape)
        return node.builder.add(.averagePoolBackward(op), [node.gradient])[0]
    }
}

extension Op.AveragePoolBackward {
    func gradient(_ node: DifferentiatedNode) -> Value { node.gradient.averagePool(window: geometry.window) }
}
