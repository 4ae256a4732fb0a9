// The definitions of the convolution and of its two gradients: patches of images times filters, row by row.

import GraphIR
import TensorCore

extension Op.Convolution {
    func evaluate(_ inputs: [Tensor], shape: Shape) -> Tensor {
        let (images, filter) = (inputs[0].shape, inputs[1].shape)
        let (r, s, c, k) = (filter[0], filter[1], filter[2], filter[3])
        let weights = inputs[1].floats
        let packed = PackedMatrix(depth: r * s * c, columns: k) { term, column in weights[term * k + column] }
        let bias = inputs.count == 3 ? inputs[2].floats.map(Double.init) : [Double](repeating: 0, count: k)
        let (p, q) = (shape[1], shape[2])
        return inputs[0].floats.reading { x in
            makeRows(shape, width: q * k) { row, output in
                let (n, y) = (row / p, row % p)
                var patches = [Float](repeating: 0, count: q * r * s * c)
                for column in 0..<q {
                    for i in 0..<r {
                        for j in 0..<s {
                            let h = y * geometry.stride + i - geometry.padding
                            let w = column * geometry.stride + j - geometry.padding
                            guard (0..<images[1]).contains(h), (0..<images[2]).contains(w) else { continue }
                            let source = ((n * images[1] + h) * images[2] + w) * c
                            let target = ((column * r + i) * s + j) * c
                            for channel in 0..<c { patches[target + channel] = x[source + channel] }
                        }
                    }
                }
                var sums = [Double](repeating: 0, count: q * k)
                packed.multiply(left: patches, rowStride: r * s * c, termStride: 1, rows: q, into: &sums)
                for index in 0..<q * k { output[index] = Float(sums[index] + bias[index % k]) }
            }
        }
    }
}

extension Op.ConvolutionBackwardInput {
    func evaluate(outputGradient: Tensor, filter: Tensor) -> Tensor {
        let (dy, weights) = (outputGradient.shape, filter.floats)
        let (r, s, c, k) = (filter.shape[0], filter.shape[1], filter.shape[2], filter.shape[3])
        let packed = PackedMatrix(depth: r * s * k, columns: c) { term, channel in
            weights[(term / k * c + channel) * k + term % k]
        }
        let (height, width) = (inputShape[1], inputShape[2])
        return outputGradient.floats.reading { gradient in
            makeRows(inputShape, width: width * c) { row, output in
                let (n, h) = (row / height, row % height)
                var patches = [Float](repeating: 0, count: width * r * s * k)
                for w in 0..<width {
                    for i in 0..<r {
                        for j in 0..<s {
                            let (y, x) = (h + geometry.padding - i, w + geometry.padding - j)
                            guard y >= 0, x >= 0, y % geometry.stride == 0, x % geometry.stride == 0,
                                y / geometry.stride < dy[1], x / geometry.stride < dy[2]
                            else { continue }
                            let source = ((n * dy[1] + y / geometry.stride) * dy[2] + x / geometry.stride) * k
                            let target = ((w * r + i) * s + j) * k
                            for channel in 0..<k { patches[target + channel] = gradient[source + channel] }
                        }
                    }
                }
                var sums = [Double](repeating: 0, count: width * c)
                packed.multiply(left: patches, rowStride: r * s * k, termStride: 1, rows: width, into: &sums)
                for index in 0..<width * c { output[index] = Float(sums[index]) }
            }
        }
    }
}

extension Op.ConvolutionBackwardFilter {
    func evaluate(images: Tensor, outputGradient: Tensor) -> Tensor {
        let (x, dy) = (images.shape, outputGradient.shape)
        let (s, c, k) = (filterShape[1], filterShape[2], filterShape[3])
        let positions = dy[1] * dy[2]
        return images.floats.reading { pixels in
            outputGradient.floats.reading { gradient in
                // A row of the result is one tap of the filter, summed over all images.
                makeRows(filterShape, width: c * k) { tap, output in
                    let (i, j) = (tap / s, tap % s)
                    var sums = [Double](repeating: 0, count: c * k)
                    var shifted = [Float](repeating: 0, count: positions * c)
                    for n in 0..<x[0] {
                        for position in 0..<positions {
                            let h = position / dy[2] * geometry.stride + i - geometry.padding
                            let w = position % dy[2] * geometry.stride + j - geometry.padding
                            let inside = (0..<x[1]).contains(h) && (0..<x[2]).contains(w)
                            let source = ((n * x[1] + h) * x[2] + w) * c
                            for channel in 0..<c {
                                shifted[position * c + channel] = inside ? pixels[source + channel] : 0
                            }
                        }
                        let packed = PackedMatrix(depth: positions, columns: k) { position, channel in
                            gradient[(n * positions + position) * k + channel]
                        }
                        packed.multiply(left: shifted, rowStride: 1, termStride: c, rows: c, into: &sums)
                    }
                    for index in 0..<c * k { output[index] = Float(sums[index]) }
                }
            }
        }
    }
}
