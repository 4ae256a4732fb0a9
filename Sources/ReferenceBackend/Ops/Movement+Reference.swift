// The definitions of the operations that move elements.

import GraphIR
import TensorCore

extension Op.Broadcast {
    func evaluate(_ input: Tensor) -> Tensor {
        input.floats.reading { x in
            makeElements(shape, strides: [input.shape.strides(broadcastTo: shape)]) { x[$0[0]] }
        }
    }
}

extension Op.Transpose {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        input.floats.reading { x in
            makeElements(shape, strides: [permutation.map { input.shape.strides[$0] }]) { x[$0[0]] }
        }
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
        let strides = input.shape.strides
        let first = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
        return input.floats.reading { x in
            makeElements(shape, strides: [strides]) { x[first + $0[0]] }
        }
    }
}

extension Op.Pad {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        let (source, strides) = (input.floats, shape.strides)
        let first = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
        var elements = [Float](repeating: 0, count: shape.count)
        forEachElement(of: input.shape, strides: [strides, input.shape.strides]) { places in
            elements[first + places[0]] = source[places[1]]
        }
        return Tensor(shape, elements)
    }
}
