// Gradients of reductions and of operations on rows.

import GraphIR

extension Op.Reduce {
    func gradient(_ node: DifferentiatedNode) -> Value {
        let (x, dy) = (node.inputs[0], node.gradient)
        switch kind {
        case .sum: return dy.broadcast(to: x.shape)
        // Equal maxima share the gradient equally.
        case .maximum:
            let chosen = x.equal(to: node.outputs[0])
            return chosen * (dy / chosen.sum(over: axes))
        }
    }
}

extension Op.LogSumExp {
    /// dx = softmax(x) dy
    func gradient(_ node: DifferentiatedNode) -> Value {
        (node.inputs[0] - node.outputs[0]).exp() * node.gradient
    }
}

extension Op.GatherRows {
    func gradient(_ node: DifferentiatedNode) -> Value {
        node.gradient.scatterAddRows(node.inputs[1], rows: node.inputs[0].shape[0])
    }
}

extension Op.ScatterAddRows {
    func gradient(_ node: DifferentiatedNode) -> Value { node.gradient.gatherRows(node.inputs[1]) }
}
