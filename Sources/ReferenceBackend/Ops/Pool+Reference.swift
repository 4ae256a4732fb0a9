// The definitions of the pooling operations.

import GraphIR
import TensorCore

extension PoolGeometry {
    /// The index in the pooled images of the element at `place` of the window of output element `offset`.
    func source(of offset: Int, place: Int, _ output: Shape, _ input: Shape) -> Int {
        let i = output.indices(at: offset)
        let (row, column) = (i[1] * window + place / window, i[2] * window + place % window)
        return ((i[0] * input[1] + row) * input[2] + column) * input[3] + i[3]
    }
}

extension Op.MaxPool {
    func evaluate(_ images: Tensor, shape: Shape) -> [Tensor] {
        let source = images.floats
        var (values, places): ([Float], [UInt8]) = ([], [])
        for offset in 0..<shape.count {
            var best = 0
            var value = source[geometry.source(of: offset, place: 0, shape, images.shape)]
            for place in 1..<max(geometry.window * geometry.window, 1) {
                let candidate = source[geometry.source(of: offset, place: place, shape, images.shape)]
                // A NaN counts as the largest, and the first one stays.
                if !value.isNaN && (candidate > value || candidate.isNaN) { (best, value) = (place, candidate) }
            }
            values.append(value)
            places.append(UInt8(best))
        }
        return [Tensor(shape, values), Tensor(shape, places)]
    }
}

extension Op.MaxPoolBackward {
    func evaluate(gradient: Tensor, places: Tensor) -> Tensor {
        var elements = [Float](repeating: 0, count: inputShape.count)
        for (offset, (value, place)) in zip(gradient.floats, places.bytes).enumerated() {
            elements[geometry.source(of: offset, place: Int(place), gradient.shape, inputShape)] = value
        }
        return Tensor(inputShape, elements)
    }
}

extension Op.AveragePool {
    func evaluate(_ images: Tensor, shape: Shape) -> Tensor {
        let source = images.floats
        let area = geometry.window * geometry.window
        return Tensor(
            shape,
            (0..<shape.count).map { offset in
                let sum = (0..<area).reduce(0.0) { sum, place in
                    sum + Double(source[geometry.source(of: offset, place: place, shape, images.shape)])
                }
                return Float(sum / Double(area))
            })
    }
}

extension Op.AveragePoolBackward {
    func evaluate(gradient: Tensor) -> Tensor {
        let area = geometry.window * geometry.window
        var elements = [Float](repeating: 0, count: inputShape.count)
        for (offset, value) in gradient.floats.enumerated() {
            for place in 0..<area {
                elements[geometry.source(of: offset, place: place, gradient.shape, inputShape)] = value / Float(area)
            }
        }
        return Tensor(inputShape, elements)
    }
}
