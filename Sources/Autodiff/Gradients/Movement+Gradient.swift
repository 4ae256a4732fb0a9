// Gradients of the operations that move elements: each is moved back.

import GraphIR

extension Op.Reshape {
    func gradient(_ node: DifferentiatedNode) -> Value { node.gradient.reshape(node.inputs[0].shape) }
}

extension Op.Broadcast {
    func gradient(_ node: DifferentiatedNode) -> Value { node.gradient.summed(to: node.inputs[0].shape) }
}

extension Op.Transpose {
    func gradient(_ node: DifferentiatedNode) -> Value {
        var inverse = permutation
        for (axis, source) in permutation.enumerated() { inverse[source] = axis }
        return node.gradient.transpose(inverse)
    }
}

extension Op.Concatenate {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        var start = 0
        return node.inputs.map { input in
            var starts = [Int](repeating: 0, count: input.shape.rank)
            var ends = input.shape.extents
            starts[axis] = start
            ends[axis] += start
            start = ends[axis]
            return node.gradient.slice(starts: starts, ends: ends)
        }
    }
}

extension Op.Slice {
    func gradient(_ node: DifferentiatedNode) -> Value {
        node.gradient.pad(before: starts, after: zip(node.inputs[0].shape.extents, ends).map { $0 - $1 })
    }
}

extension Op.Pad {
    func gradient(_ node: DifferentiatedNode) -> Value {
        node.gradient.slice(starts: before, ends: zip(before, node.inputs[0].shape.extents).map { $0 + $1 })
    }
}
