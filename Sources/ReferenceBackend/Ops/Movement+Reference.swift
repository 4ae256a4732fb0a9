// The definitions of the operations that move elements.

import GraphIR
import TensorCore

extension Op.Transpose {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        let source = input.floats
        let strides = permutation.map { input.shape.strides[$0] }
        return Tensor(
            shape,
            (0..<shape.count).map { offset in
                source[zip(shape.indices(at: offset), strides).reduce(0) { $0 + $1.0 * $1.1 }]
            })
    }
}

extension Op.Concatenate {
    func evaluate(_ inputs: [Tensor], shape: Shape) -> Tensor {
        let outer = shape.extents[..<axis].reduce(1, *)
        let inner = shape.extents[(axis + 1)...].reduce(1, *)
        let sources = inputs.map { (elements: $0.floats, width: $0.shape[axis] * inner) }
        var elements: [Float] = []
        elements.reserveCapacity(shape.count)
        for row in 0..<outer {
            for source in sources { elements += source.elements[row * source.width..<(row + 1) * source.width] }
        }
        return Tensor(shape, elements)
    }
}

extension Op.Slice {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        let (source, strides) = (input.floats, input.shape.strides)
        return Tensor(
            shape,
            (0..<shape.count).map { offset in
                let indices = zip(shape.indices(at: offset), starts).map { $0 + $1 }
                return source[zip(indices, strides).reduce(0) { $0 + $1.0 * $1.1 }]
            })
    }
}

extension Op.Pad {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        let (source, strides) = (input.floats, shape.strides)
        var elements = [Float](repeating: 0, count: shape.count)
        for (offset, element) in source.enumerated() {
            let indices = zip(input.shape.indices(at: offset), before).map { $0 + $1 }
            elements[zip(indices, strides).reduce(0) { $0 + $1.0 * $1.1 }] = element
        }
        return Tensor(shape, elements)
    }
}
