// Batch normalization with the statistics of the batch, view by view, and its gradient.

public import TensorCore

extension Op {
    /// y = (x - mean) / sqrt(variance + epsilon) scale + shift, per channel, with the mean and the biased variance of
    /// each view's own part of the batch: the first axis holds `views` equal parts, one after another.
    /// Inputs: x [N, ..., C], scale [C], shift [C]. Outputs: y like x, mean [views, C], variance [views, C].
    /// Source: Ioffe & Szegedy, "Batch normalization", ICML 2015, algorithm 1.
    public struct BatchNormalization: OperationRule, Hashable {
        /// What is added to the variance.
        public let epsilon: Float
        /// V, the number of parts of the batch with statistics of their own.
        public let views: Int
        public var name: String { "batchNormalization" }
        public var attributes: String { "epsilon \(epsilon), views \(views)" }

        /// Makes a batch normalization of `views` parts.
        public init(epsilon: Float = 1e-5, views: Int = 1) {
            (self.epsilon, self.views) = (epsilon, views)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(3)
            let channels = try channels(of: inputs[0].shape)
            try inputs.expect(1, shape: [channels], of: "the scale")
            try inputs.expect(2, shape: [channels], of: "the shift")
            let statistics = TensorType(.float32, [views, channels])
            return [inputs[0], statistics, statistics]
        }

        func channels(of shape: Shape) throws(ShapeError) -> Int {
            guard shape.rank >= 2, views > 0, shape[0] % views == 0 else {
                throw ShapeError("\(shape) does not hold \(views) views of rows of channels")
            }
            return shape[shape.rank - 1]
        }
    }

    /// With xhat = (x - mean) / sqrt(variance + epsilon) and m the number of rows of a view:
    /// dshift = sum dy, dscale = sum dy xhat (over all views), and per view
    /// dx = scale / sqrt(variance + epsilon) (dy - sum dy / m - xhat sum(dy xhat) / m).
    /// Inputs: dy, x, scale [C], mean [V, C], variance [V, C]. Outputs: dx like x, dscale [C], dshift [C].
    public struct BatchNormalizationBackward: OperationRule, Hashable {
        /// The operation whose gradient this is.
        public let forward: BatchNormalization
        public var name: String { "batchNormalizationBackward" }
        public var attributes: String { forward.attributes }

        /// Makes the gradient of `forward`.
        public init(of forward: BatchNormalization) {
            self.forward = forward
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(5)
            let channels = try forward.channels(of: inputs[1].shape)
            try inputs.expect(0, shape: inputs[1].shape, of: "the output's gradient")
            try inputs.expect(2, shape: [channels], of: "the scale")
            try inputs.expect(3, shape: [forward.views, channels], of: "the mean")
            try inputs.expect(4, shape: [forward.views, channels], of: "the variance")
            return [inputs[1], inputs[2], inputs[2]]
        }
    }
}
