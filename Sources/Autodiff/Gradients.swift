// Reverse mode as graph to graph: gradients are values of the same graph, built by one rule per operation.

public import GraphIR
import TensorCore

extension Value {
    /// The gradients d(this)/d(target), one value of the target's shape for each of `targets`; zero where this does not
    /// depend on a target. This must be a float32 scalar.
    ///
    /// An operation without a gradient between a target and this makes the builder's `finish()` throw.
    public func gradients(withRespectTo targets: [Value]) -> [Value] {
        guard type == TensorType(.float32, .scalar) else {
            builder.record(
                .malformed(node: id.node, operation: "gradients", reason: "of \(type), expected a float32 scalar"))
            return targets
        }
        return gradients(withRespectTo: targets, weights: builder.constant(1))
    }

    /// The gradients of the sum of `weights` times this, element by element: what comes back through this from a loss
    /// whose gradient by it is `weights`.
    package func gradients(withRespectTo targets: [Value], weights: Value) -> [Value] {
        precondition(weights.type == type, "gradients of \(type) weighted by \(weights.type)")
        var pass = BackwardPass(builder: builder, targets: targets, end: id.node)
        pass.add(weights, to: self)
        pass.run(from: id.node)
        return targets.map { pass.gradient(of: $0) ?? builder.constant(0).broadcast(to: $0.shape) }
    }
}

private struct BackwardPass {
    let builder: GraphBuilder
    /// Whether a node depends on a target.
    let depends: [Bool]
    var gradients: [ValueID: Value] = [:]

    init(builder: GraphBuilder, targets: [Value], end: Int) {
        self.builder = builder
        var depends = [Bool](repeating: false, count: end + 1)
        for target in targets where target.id.node <= end { depends[target.id.node] = true }
        for index in 0...end where !depends[index] {
            depends[index] = builder.inputs(ofNode: index).contains { depends[$0.id.node] }
        }
        self.depends = depends
    }

    func gradient(of value: Value) -> Value? { gradients[value.id] }

    mutating func add(_ gradient: Value, to value: Value) {
        gradients[value.id] = gradients[value.id].map { $0 + gradient } ?? gradient
    }

    mutating func run(from end: Int) {
        for index in stride(from: end, through: 0, by: -1) where depends[index] {
            let (op, inputs, outputs) = builder.node(of: builder.value(ofNode: index))
            let wanted = inputs.contains { depends[$0.id.node] }
            let outputGradients = outputs.map { gradients[$0.id] }
            guard wanted, outputGradients.contains(where: { $0 != nil }) else { continue }
            let node = DifferentiatedNode(inputs: inputs, outputs: outputs, outputGradients: outputGradients)
            switch op.gradientRule(at: node) {
            case .gradients(let inputGradients):
                for (input, gradient) in zip(inputs, inputGradients) where depends[input.id.node] {
                    if let gradient { add(gradient, to: input) }
                }
            case .notDifferentiable:
                builder.record(.malformed(node: index, operation: op.name, reason: "has no gradient"))
            }
        }
    }
}

/// What a gradient rule is given.
struct DifferentiatedNode {
    let inputs: [Value]
    let outputs: [Value]
    /// The gradient of each output, `nil` where nothing depends on it.
    let outputGradients: [Value?]

    var builder: GraphBuilder { inputs[0].builder }
    /// The gradient of the first output, which the caller of a one-output rule has made sure of.
    var gradient: Value { outputGradients[0] ?? builder.constant(0).broadcast(to: outputs[0].shape) }
    /// The number 0 of the graph.
    var zero: Value { builder.constant(0) }
}

/// What an operation answers when asked for its gradient.
enum GradientRule {
    /// The gradient of each input, `nil` for none.
    case gradients([Value?])
    /// There is no gradient: integers come out, or no one has needed it.
    case notDifferentiable
}

extension Op {
    /// The table of rules. Each is written in operations of the graph.
    func gradientRule(at node: DifferentiatedNode) -> GradientRule {
        switch self {
        case .input, .variable, .constant: .gradients([])
        case .random: .gradients([nil])
        case .unary(let op): .gradients([op.gradient(node)])
        case .binary(let op): .gradients(op.gradients(node))
        case .select(let op): .gradients(op.gradients(node))
        case .cast(let op): .gradients([op.gradient(node)])
        case .reshape(let op): .gradients([op.gradient(node)])
        case .broadcast(let op): .gradients([op.gradient(node)])
        case .transpose(let op): .gradients([op.gradient(node)])
        case .concatenate(let op): .gradients(op.gradients(node))
        case .slice(let op): .gradients([op.gradient(node)])
        case .pad(let op): .gradients([op.gradient(node)])
        case .reduce(let op): .gradients([op.gradient(node)])
        case .logSumExp(let op): .gradients([op.gradient(node)])
        case .gatherRows(let op): .gradients([op.gradient(node), nil])
        case .scatterAddRows(let op): .gradients([op.gradient(node), nil])
        case .matrixProduct(let op): .gradients(op.gradients(node))
        case .scoreReduction(let op): op.gradientRule(node)
        case .convolution(let op): .gradients(op.gradients(node))
        case .convolutionBackwardInput(let op): .gradients(op.gradients(node))
        case .convolutionBackwardFilter(let op): .gradients(op.gradients(node))
        case .batchNormalization(let op): op.gradientRule(node)
        case .maxPool(let op): .gradients([op.gradient(node)])
        case .averagePool(let op): .gradients([op.gradient(node)])
        case .averagePoolBackward(let op): .gradients([op.gradient(node)])
        case .custom(let op):
            .gradients(
                op.gradients(inputs: node.inputs, outputs: node.outputs, outputGradients: node.outputGradients))
        case .drawViews, .resample, .oneHot, .topK, .scoreReductionBackward, .batchNormalizationBackward,
            .maxPoolBackward, .adam, .momentum:
            .notDifferentiable
        }
    }
}

extension Value {
    /// The sum over the axes along which `shape` was repeated to become this value's shape.
    func summed(to shape: Shape) -> Value {
        guard self.shape != shape else { return self }
        let missing = self.shape.rank - shape.rank
        let axes = (0..<self.shape.rank).filter { axis in
            axis < missing || (shape[axis - missing] == 1 && self.shape[axis] != 1)
        }
        return sum(over: axes).reshape(shape)
    }
}
