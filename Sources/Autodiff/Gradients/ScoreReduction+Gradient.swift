// The gradient of reductions over scores, which computes the scores again.

import GraphIR

extension Op.ScoreReduction {
    /// The remainder is not differentiated: it is there for the gradient.
    func gradientRule(_ node: DifferentiatedNode) -> GradientRule {
        guard node.outputGradients[1] == nil else { return .notDifferentiable }
        let operands = node.inputs + node.outputs + [node.gradient]
        return .gradients(node.builder.add(.scoreReductionBackward(.init(of: self)), operands).map { $0 })
    }
}
