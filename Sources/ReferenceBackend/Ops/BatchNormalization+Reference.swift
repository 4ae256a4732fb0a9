// The definitions of batch normalization and its gradient.

import GraphIR
import TensorCore

extension Op.BatchNormalization {
    func evaluate(_ input: Tensor, scale: Tensor, shift: Tensor) -> [Tensor] {
        let channels = scale.shape[0]
        let rows = input.shape.count / channels / views
        let (x, gamma, beta) = (input.floats, scale.floats, shift.floats)
        let means = channelSums(views, rows, channels) { index, _, _ in Double(x[index]) }.map { $0 / Double(rows) }
        let variances = channelSums(views, rows, channels) { index, view, channel in
            let difference = Double(x[index]) - means[view * channels + channel]
            return difference * difference
        }.map { $0 / Double(rows) }
        let output = x.indices.map { index -> Float in
            let statistic = index / (rows * channels) * channels + index % channels
            let normalized =
                (Double(x[index]) - means[statistic]) / (variances[statistic] + Double(epsilon)).squareRoot()
            return Float(normalized * Double(gamma[index % channels]) + Double(beta[index % channels]))
        }
        let shape: Shape = [views, channels]
        return [
            Tensor(input.shape, output), Tensor(shape, means.map { Float($0) }),
            Tensor(shape, variances.map { Float($0) }),
        ]
    }
}

extension Op.BatchNormalizationBackward {
    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
        let (dy, x, gamma) = (inputs[0].floats, inputs[1].floats, inputs[2].floats)
        let (mean, variance) = (inputs[3].floats, inputs[4].floats)
        let (channels, views) = (gamma.count, forward.views)
        let rows = x.count / channels / views
        let scales = variance.map { 1 / (Double($0) + Double(forward.epsilon)).squareRoot() }
        func normalized(_ index: Int, _ statistic: Int) -> Double {
            (Double(x[index]) - Double(mean[statistic])) * scales[statistic]
        }
        let sums = channelSums(views, rows, channels) { index, _, _ in Double(dy[index]) }
        let products = channelSums(views, rows, channels) { index, view, channel in
            Double(dy[index]) * normalized(index, view * channels + channel)
        }
        let dx = x.indices.map { index -> Float in
            let statistic = index / (rows * channels) * channels + index % channels
            let centred =
                Double(dy[index]) - sums[statistic] / Double(rows)
                - normalized(index, statistic) * products[statistic] / Double(rows)
            return Float(Double(gamma[index % channels]) * scales[statistic] * centred)
        }
        func overViews(_ sums: [Double]) -> [Float] {
            (0..<channels).map { channel in
                Float((0..<views).reduce(0) { $0 + sums[$1 * channels + channel] })
            }
        }
        return [
            Tensor(inputs[1].shape, dx), Tensor([channels], overViews(products)), Tensor([channels], overViews(sums)),
        ]
    }
}

/// For each view and channel, the sum over the view's rows of `term(index, view, channel)`.
private func channelSums(
    _ views: Int, _ rows: Int, _ channels: Int, _ term: (Int, Int, Int) -> Double
) -> [Double] {
    var sums = [Double](repeating: 0, count: views * channels)
    for view in 0..<views {
        for row in view * rows..<(view + 1) * rows {
            for channel in 0..<channels {
                sums[view * channels + channel] += term(row * channels + channel, view, channel)
            }
        }
    }
    return sums
}
