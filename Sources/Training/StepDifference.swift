// Where a training step goes wrong: every value of its graph on two backends, in the order of computation.

import Evaluation
import Execution
import GraphIR
import Optimization
import TensorCore

/// The first value of a step that a backend computes differently.
public struct StepDifference: Sendable, CustomStringConvertible {
    /// The node, as its graph prints it.
    public let node: String
    /// The norm of the difference over the larger of the value's norm and a thousandth of the largest operand's.
    public let relativeError: Double

    /// The node and its error.
    public var description: String { "the first node that differs is \(node), relative error \(relativeError)" }

    /// Finds it for `step`, all of whose values are returned from one run; `nil` where they all agree: no value is then
    /// computed together with another, as it is in the step itself.
    init?(
        in step: CheckedStep, on backend: some Backend, against reference: some Backend
    ) throws(ExecutionError) {
        let bound = StepCheck.allowedErrors(at: backend.precision).value
        let graph = try Self.graph(of: step)
        let computed = try Self.values(of: graph, step, on: backend)
        let expected = try Self.values(of: graph, step, on: reference)
        // By the size of what it was computed from, a sum that cancels is right where only rounding is left of it; what
        // is computed from that cannot be told right or wrong.
        var errors: [ValueID: Double] = [:]
        for output in graph.outputs {
            guard let found = computed[output.name], let wanted = expected[output.name] else { continue }
            let difference = found.distance(to: wanted)
            errors[output.value] = difference == 0 ? 0 : difference / wanted.squareNorm.squareRoot()
            let operands = graph.nodes[output.value.node].inputs
            let largest = operands.compactMap { expected["\($0)"]?.squareNorm }.max() ?? 0
            let scale = max(wanted.squareNorm, 1e-6 * largest).squareRoot()
            let error = difference == 0 ? 0 : difference / scale
            if error <= bound || !operands.allSatisfy({ errors[$0] ?? 0 <= bound }) { continue }
            node = String(graph.description.split(separator: "\n")[output.value.node])
            relativeError = error
            return
        }
        return nil
    }

    /// The graph of `step`, which returns every number that it computes under the name of its place.
    private static func graph(of step: CheckedStep) throws(ExecutionError) -> Graph {
        let graph = try TrainingGraph.build(step.model, step.objective, step.optimizer, pairs: step.pairs)
        let values = graph.nodes.enumerated().flatMap { index, node in
            node.types.indices.filter { node.types[$0].element == .float32 }.map { ValueID(node: index, output: $0) }
        }
        do throws(GraphError) {
            return try Graph(
                nodes: graph.nodes, outputs: values.map { .init(name: "\($0)", value: $0) }, updates: [])
        } catch {
            throw .graph(error)
        }
    }

    private static func values(
        of graph: Graph, _ step: CheckedStep, on backend: some Backend
    ) throws(ExecutionError) -> [String: Tensor] {
        let program = try backend.compile(graph)
        try Weights(step.model.parameters, seed: step.seed).load(into: program)
        return try program.run([
            TrainingGraph.Name.view1: step.views[0], TrainingGraph.Name.view2: step.views[1],
            Optimizer.Name.learningRate: Tensor(step.learningRate),
        ])
    }
}

extension Tensor {
    /// The norm of the difference; equal infinities differ by nothing.
    fileprivate func distance(to other: Tensor) -> Double {
        zip(floats, other.floats).reduce(0) { sum, pair in
            let difference = pair.0 == pair.1 ? 0 : Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        }.squareRoot()
    }
}
