// Operations that are compositions of primitives: no primitive is added where a composition does.

import TensorCore

extension Value {
    /// The mean over `axes`, which stay with extent 1; over all axes where none are named. Axes that there are not are an
    /// error of the graph.
    public func mean(over axes: [Int]? = nil) -> Value {
        let axes = axes ?? Array(0..<shape.rank)
        let terms = axes.filter((0..<shape.rank).contains).reduce(1) { $0 * shape[$1] }
        return sum(over: axes) * (1 / Float(terms))
    }

    /// The mean of all elements, without axes.
    public func meanOfAll() -> Value { mean().reshape(.scalar) }

    /// The sum of all elements, without axes.
    public func sumOfAll() -> Value { sum().reshape(.scalar) }

    /// 1 / (1 + e^-x), as (1 + tanh(x / 2)) / 2, which cannot overflow.
    public func sigmoid() -> Value { (self * 0.5).tanh() * 0.5 + 0.5 }

    /// x x, element by element.
    public func square() -> Value { self * self }

    /// exp(x_j) / sum_i exp(x_i) over the last axis. The second division takes out what the rounding of log-sum-exp
    /// leaves in large logits: a factor common to the row.
    public func softmax() -> Value {
        let powers = (self - logSumExp()).exp()
        return powers / powers.sum(over: [shape.rank - 1])
    }

    /// Rows of unit Euclidean length: x / max(|x|, epsilon) over the last axis (PyTorch's `normalize`).
    public func l2Normalized(epsilon: Float = 1e-12) -> Value {
        let squares = square().sum(over: [shape.rank - 1])
        return self / squares.maximum(builder.constant(epsilon * epsilon)).sqrt()
    }

    /// sum (a - b)^2 over all elements, without axes.
    public func squaredErrorSum(_ other: Value) -> Value { (self - other).square().sumOfAll() }

    /// The mean of (a - b)^2 over all elements, without axes.
    public func meanSquaredError(_ other: Value) -> Value { (self - other).square().meanOfAll() }

    /// The mean over all elements of the cross-entropy of probabilities sigmoid(x), this being the logits x, with
    /// `targets` t in [0, 1]: softplus(x) - x t.
    public func binaryCrossEntropyWithLogits(targets: Value) -> Value {
        (softplus() - self * targets).meanOfAll()
    }

    /// The transposed convolution: images [N,P,Q,K] become [N,H,W,C] with
    /// H = (P - 1) stride - 2 padding + R + outputPadding. `filter` is [R,S,C,K], as of the convolution that it undoes.
    public func transposedConvolution(
        _ filter: Value, _ geometry: ConvolutionGeometry, outputPadding: Int = 0
    ) -> Value {
        guard shape.rank == 4, filter.shape.rank == 4 else {
            return convolutionBackwardInput(filter, geometry, inputShape: shape)
        }
        func extent(_ output: Int, _ filter: Int) -> Int {
            max((output - 1) * geometry.stride - 2 * geometry.padding + filter + outputPadding, 0)
        }
        let inputShape: Shape = [
            shape[0], extent(shape[1], filter.shape[0]), extent(shape[2], filter.shape[1]), filter.shape[2],
        ]
        return convolutionBackwardInput(filter, geometry, inputShape: inputShape)
    }

    /// Batch normalization with given statistics: (x - mean) / sqrt(variance + epsilon) scale + shift per channel.
    public func normalized(mean: Value, variance: Value, scale: Value, shift: Value, epsilon: Float = 1e-5) -> Value {
        (self - mean) * (scale / (variance + epsilon).sqrt()) + shift
    }

    /// The product with a matrix [in, out], plus a bias [out].
    public func linear(_ weight: Value, bias: Value? = nil) -> Value {
        let product = matrixProduct(weight)
        return bias.map { product + $0 } ?? product
    }
}
