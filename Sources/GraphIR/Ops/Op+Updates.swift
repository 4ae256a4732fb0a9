// Updates of variables by an optimizer, each as one fused operation.

public import TensorCore

extension Op {
    /// One step of Adam with coupled weight decay: g = gradient + weightDecay parameter,
    /// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
    /// parameter -= learningRate / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
    /// Inputs: parameter, gradient, m, v of one shape, learningRate and t (1 at the first step), float32 scalars.
    /// Outputs: the new parameter, m and v. Source: Kingma & Ba, "Adam", ICLR 2015, algorithm 1.
    public struct Adam: OperationRule, Hashable {
        /// The decay of the first moment.
        public let beta1: Float
        /// The decay of the second moment.
        public let beta2: Float
        /// What is added to the root of the second moment.
        public let epsilon: Float
        /// The factor of the parameter that is added to its gradient.
        public let weightDecay: Float
        public var name: String { "adam" }
        public var attributes: String {
            "beta1 \(beta1), beta2 \(beta2), epsilon \(epsilon), weightDecay \(weightDecay)"
        }

        /// Makes the update with the given constants.
        public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0) {
            (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(6)
            for (index, meaning) in [(1, "the gradient"), (2, "the first moment"), (3, "the second moment")] {
                try inputs.expect(index, shape: inputs[0].shape, of: meaning)
            }
            try inputs.expect(4, shape: .scalar, of: "the learning rate")
            try inputs.expect(5, shape: .scalar, of: "the step")
            return [inputs[0], inputs[0], inputs[0]]
        }
    }

    /// One step of gradient descent with momentum: g = gradient + weightDecay parameter, m = momentum m + g,
    /// parameter -= learningRate m. Inputs: parameter, gradient, m of one shape, learningRate, a float32 scalar.
    /// Outputs: the new parameter and m. Source: Sutskever et al., ICML 2013, in the form of PyTorch's `SGD`.
    public struct Momentum: OperationRule, Hashable {
        /// The decay of the sum of gradients.
        public let momentum: Float
        /// The factor of the parameter that is added to its gradient.
        public let weightDecay: Float
        public var name: String { "momentum" }
        public var attributes: String { "momentum \(momentum), weightDecay \(weightDecay)" }

        /// Makes the update with the given constants.
        public init(momentum: Float = 0.9, weightDecay: Float = 0) {
            (self.momentum, self.weightDecay) = (momentum, weightDecay)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(4)
            try inputs.expect(1, shape: inputs[0].shape, of: "the gradient")
            try inputs.expect(2, shape: inputs[0].shape, of: "the sum of gradients")
            try inputs.expect(3, shape: .scalar, of: "the learning rate")
            return [inputs[0], inputs[0]]
        }
    }
}
