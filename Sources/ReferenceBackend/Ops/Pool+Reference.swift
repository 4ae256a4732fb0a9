// The definitions of the pooling operations.

import GraphIR
import TensorCore

extension PoolGeometry {
    /// The strides from a window of `images` to the next: along images, rows, columns and channels.
    fileprivate func windowStrides(_ images: Shape) -> [Int] {
        zip(images.strides, [1, window, window, 1]).map { $0 * $1 }
    }

    /// How far each place of a window lies from its first.
    fileprivate func places(_ images: Shape) -> [Int] {
        (0..<window * window).map { $0 / window * images.strides[1] + $0 % window * images.strides[2] }
    }
}

extension Op.MaxPool {
    func evaluate(_ images: Tensor, shape: Shape) -> [Tensor] {
        let (source, offsets) = (images.floats, geometry.places(images.shape))
        var (values, places): ([Float], [UInt8]) = ([], [])
        forEachElement(of: shape, strides: [geometry.windowStrides(images.shape)]) { first in
            var best = 0
            var value = source[first[0]]
            for place in 1..<offsets.count {
                let candidate = source[first[0] + offsets[place]]
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
        let (dy, chosen, offsets) = (gradient.floats, places.bytes, geometry.places(inputShape))
        let strides = [geometry.windowStrides(inputShape), gradient.shape.strides]
        var elements = [Float](repeating: 0, count: inputShape.count)
        forEachElement(of: gradient.shape, strides: strides) { place in
            elements[place[0] + offsets[Int(chosen[place[1]])]] = dy[place[1]]
        }
        return Tensor(inputShape, elements)
    }
}

extension Op.AveragePool {
    func evaluate(_ images: Tensor, shape: Shape) -> Tensor {
        let offsets = geometry.places(images.shape)
        return images.floats.reading { x in
            makeElements(shape, strides: [geometry.windowStrides(images.shape)]) { first in
                Float(offsets.reduce(0.0) { $0 + Double(x[first[0] + $1]) } / Double(offsets.count))
            }
        }
    }
}

extension Op.AveragePoolBackward {
    func evaluate(gradient: Tensor) -> Tensor {
        let (dy, offsets) = (gradient.floats, geometry.places(inputShape))
        let strides = [geometry.windowStrides(inputShape), gradient.shape.strides]
        var elements = [Float](repeating: 0, count: inputShape.count)
        forEachElement(of: gradient.shape, strides: strides) { place in
            for offset in offsets { elements[place[0] + offset] = dy[place[1]] / Float(offsets.count) }
        }
        return Tensor(inputShape, elements)
    }
}
