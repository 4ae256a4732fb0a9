// The optimizers: for each parameter one fused update, its moments variables of the same graph.

import Autodiff
public import GraphIR
import TensorCore

/// How parameters follow their gradients.
public enum Optimizer: Hashable, Sendable {
    /// Adam with coupled weight decay (PyTorch's `Adam`, not AdamW), see `Op.Adam`.
    case adam(Op.Adam)
    /// Gradient descent with momentum, see `Op.Momentum`.
    case momentum(Op.Momentum)

    /// The names of the inputs and variables that `minimize` adds to a graph.
    public enum Name {
        /// The input: the step size, a float32 scalar.
        public static let learningRate = "learningRate"
        /// The variable: the number of updates made, a float32 scalar.
        public static let step = "optimizer.step"
        /// The variable that holds the first moment, or the sum of gradients, of `parameter`.
        public static func firstMoment(_ parameter: String) -> String { "optimizer.first.\(parameter)" }
        /// The variable that holds the second moment of `parameter`.
        public static func secondMoment(_ parameter: String) -> String { "optimizer.second.\(parameter)" }
    }

    /// Adds to the graph of `loss` the gradients by `parameters` (variables, by name) and their updates; the graph then
    /// has the input `Name.learningRate`.
    public func minimize(_ loss: Value, over parameters: [(name: String, value: Value)]) {
        let builder = loss.builder
        let gradients = loss.gradients(withRespectTo: parameters.map(\.value))
        let learningRate = builder.input(Name.learningRate, .scalar)
        let step = builder.variable(Name.step, .scalar)
        let nextStep = step + 1
        builder.update(step, to: nextStep)
        for ((name, parameter), gradient) in zip(parameters, gradients) {
            let first = builder.variable(Name.firstMoment(name), parameter.shape)
            switch self {
            case .adam(let op):
                let second = builder.variable(Name.secondMoment(name), parameter.shape)
                let updated = builder.add(.adam(op), [parameter, gradient, first, second, learningRate, nextStep])
                builder.update(parameter, to: updated[0])
                builder.update(first, to: updated[1])
                builder.update(second, to: updated[2])
            case .momentum(let op):
                let updated = builder.add(.momentum(op), [parameter, gradient, first, learningRate])
                builder.update(parameter, to: updated[0])
                builder.update(first, to: updated[1])
            }
        }
    }
}
