// Gradients of the elementwise operations.

import GraphIR

extension Op.Unary {
    func gradient(_ node: DifferentiatedNode) -> Value {
        let (x, y, dy) = (node.inputs[0], node.outputs[0], node.gradient)
        switch self {
        case .negate: return -dy
        case .exp: return dy * y
        case .log: return dy / x
        case .sqrt: return dy * 0.5 / y
        case .reciprocal: return -(dy * y.square())
        case .tanh: return dy - dy * y.square()
        case .softplus: return dy * x.sigmoid()
        // The output says where the input was positive, so that the input need not be kept.
        case .relu: return y.select(dy, node.zero)
        case .absolute:
            return x.greater(than: node.zero).select(dy, (-x).greater(than: node.zero).select(-dy, node.zero))
        }
    }
}

extension Op.Binary {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (a, b, dy) = (node.inputs[0], node.inputs[1], node.gradient)
        let parts: (Value, Value)
        switch self {
        case .add: parts = (dy, dy)
        case .subtract: parts = (dy, -dy)
        case .multiply: parts = (dy * b, dy * a)
        case .divide: parts = (dy / b, -(dy * node.outputs[0] / b))
        // Of two equal operands the second takes the gradient.
        case .maximum:
            let first = a.greater(than: b)
            parts = (first.select(dy, node.zero), first.select(node.zero, dy))
        case .minimum:
            let first = b.greater(than: a)
            parts = (first.select(dy, node.zero), first.select(node.zero, dy))
        case .greater, .equal: return [nil, nil]
        }
        return [parts.0.summed(to: a.shape), parts.1.summed(to: b.shape)]
    }
}

extension Op.Select {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (condition, dy) = (node.inputs[0], node.gradient)
        return [
            nil, condition.select(dy, node.zero).summed(to: node.inputs[1].shape),
            condition.select(node.zero, dy).summed(to: node.inputs[2].shape),
        ]
    }
}

extension Op.Cast {
    /// Integers have no gradient; float32 to float32 passes it on.
    func gradient(_ node: DifferentiatedNode) -> Value? {
        node.inputs[0].type.element == .float32 && element == .float32 ? node.gradient : nil
    }
}
