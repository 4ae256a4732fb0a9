// The reference: graphs run node by node on the CPU. It defines what every operation computes, and it is what is left
// where there is no OpenCL device.

public import Execution
public import GraphIR
public import TensorCore

/// Runs graphs on the CPU in the plainest way, with sums in `Double`.
public struct ReferenceBackend: Backend {
    private let memoryLimit: Int

    /// Makes the reference, which may hold `memoryLimit` bytes; there is nothing to open.
    public init(memoryLimit: Int? = nil) {
        self.memoryLimit = memoryLimit ?? .max
    }

    /// `reference (CPU)`.
    public var name: String { "reference (CPU)" }

    public func compile(_ graph: Graph) throws(ExecutionError) -> ReferenceProgram {
        ReferenceProgram(graph, plannedBytes: try plannedBytes(of: graph))
    }

    /// The variables and the largest node's operands and results; the reference plans no memory.
    public func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int {
        let held = graph.variables.values.reduce(0) { $0 + graph.type(of: $1).byteCount }
        let widest = graph.nodes.map { node in
            node.inputs.reduce(0) { $0 + graph.type(of: $1).byteCount } + node.types.reduce(0) { $0 + $1.byteCount }
        }
        let needed = held + (widest.max() ?? 0)
        guard needed <= memoryLimit else {
            throw .memory(neededBytes: needed, availableBytes: memoryLimit, advice: "use a smaller batch")
        }
        return needed
    }
}

/// A graph that runs on the reference.
public final class ReferenceProgram: Executable {
    public let graph: Graph
    private var variables: [ValueID: Tensor]
    /// The values that die with each node.
    private let dying: [[ValueID]]

    init(_ graph: Graph, plannedBytes: Int) {
        (self.graph, self.plannedBytes) = (graph, plannedBytes)
        variables = Dictionary(
            uniqueKeysWithValues: graph.variables.values.map { ($0, Tensor.zeros(graph.type(of: $0))) })
        dying = Self.lastUses(in: graph)
    }

    public func run(_ inputs: [String: Tensor]) throws(ExecutionError) -> [String: Tensor] {
        try check(inputs)
        var values = variables
        for (name, value) in graph.inputs { values[value] = inputs[name] }
        for (index, node) in graph.nodes.enumerated() {
            if case .source = node.op.residence {
                if case .constant(let constant) = node.op { values[ValueID(node: index)] = constant.value }
                continue
            }
            let operands = node.inputs.map { operand in
                guard let value = values[operand] else { preconditionFailure("\(operand) is used after its end") }
                return value
            }
            let results = node.op.evaluate(operands, types: node.types)
            for (output, result) in results.enumerated() {
                precondition(result.type == node.types[output], "\(node.op.name): \(result.type), not \(node.types)")
                values[ValueID(node: index, output: output)] = result
            }
            for value in dying[index] { values[value] = nil }
        }
        for update in graph.updates { variables[update.variable] = values[update.value] }
        return Dictionary(
            uniqueKeysWithValues: graph.outputs.map { output in
                guard let value = values[output.value] else { preconditionFailure("output '\(output.name)' is gone") }
                return (output.name, value)
            })
    }

    public func read(_ name: String) throws(ExecutionError) -> Tensor {
        let variable = try variable(name)
        return variables[variable] ?? .zeros(graph.type(of: variable))
    }

    public func write(_ name: String, _ tensor: Tensor) throws(ExecutionError) {
        let variable = try variable(name)
        guard tensor.type == graph.type(of: variable) else {
            throw .variable(name: name, reason: "is \(graph.type(of: variable)), not \(tensor.type)")
        }
        variables[variable] = tensor
    }

    public let plannedBytes: Int

    private static func lastUses(in graph: Graph) -> [[ValueID]] {
        var lastUse: [ValueID: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for output in node.types.indices { lastUse[ValueID(node: index, output: output)] = index }
            for input in node.inputs { lastUse[input] = index }
        }
        for value in graph.outputs.map(\.value) + graph.updates.map(\.value) { lastUse[value] = nil }
        for value in graph.variables.values { lastUse[value] = nil }
        var dying = [[ValueID]](repeating: [], count: graph.nodes.count)
        for (value, index) in lastUse { dying[index].append(value) }
        return dying
    }
}

extension Op {
    /// The operation's results on `inputs`: its definition. The graph has verified the types.
    func evaluate(_ inputs: [Tensor], types: [TensorType]) -> [Tensor] {
        switch self {
        case .input, .variable, .constant: preconditionFailure("\(name) is not computed")
        case .random(let op): [op.evaluate(counter: inputs[0])]
        case .drawViews(let op): op.evaluate(items: inputs[0], step: inputs[1], images: inputs[2])
        case .resample(let op): [op.evaluate(inputs, shape: types[0].shape)]
        case .unary(let op): [op.evaluate(inputs[0])]
        case .binary(let op): [op.evaluate(inputs[0], inputs[1], shape: types[0].shape)]
        case .select(let op): [op.evaluate(inputs, shape: types[0].shape)]
        case .cast(let op): [op.evaluate(inputs[0])]
        case .reshape(let op): [inputs[0].reshaped(to: op.shape)]
        case .broadcast(let op): [op.evaluate(inputs[0])]
        case .transpose(let op): [op.evaluate(inputs[0], shape: types[0].shape)]
        case .concatenate(let op): [op.evaluate(inputs, shape: types[0].shape)]
        case .slice(let op): [op.evaluate(inputs[0], shape: types[0].shape)]
        case .pad(let op): [op.evaluate(inputs[0], shape: types[0].shape)]
        case .reduce(let op): [op.evaluate(inputs[0], shape: types[0].shape)]
        case .logSumExp(let op): [op.evaluate(inputs[0])]
        case .gatherRows(let op): [op.evaluate(table: inputs[0], indices: inputs[1])]
        case .scatterAddRows(let op): [op.evaluate(updates: inputs[0], indices: inputs[1])]
        case .oneHot(let op): [op.evaluate(labels: inputs[0])]
        case .topK(let op): op.evaluate(inputs[0])
        case .matrixProduct(let op): [op.evaluate(inputs[0], inputs[1], shape: types[0].shape)]
        case .scoreReduction(let op): op.evaluate(inputs)
        case .scoreReductionBackward(let op): op.evaluate(inputs)
        case .convolution(let op): [op.evaluate(inputs, shape: types[0].shape)]
        case .convolutionBackwardInput(let op): [op.evaluate(outputGradient: inputs[0], filter: inputs[1])]
        case .convolutionBackwardFilter(let op): [op.evaluate(images: inputs[0], outputGradient: inputs[1])]
        case .batchNormalization(let op): op.evaluate(inputs[0], scale: inputs[1], shift: inputs[2])
        case .batchNormalizationBackward(let op): op.evaluate(inputs)
        case .maxPool(let op): op.evaluate(inputs[0], shape: types[0].shape)
        case .maxPoolBackward(let op): [op.evaluate(gradient: inputs[0], places: inputs[1])]
        case .averagePool(let op): [op.evaluate(inputs[0], shape: types[0].shape)]
        case .averagePoolBackward(let op): [op.evaluate(gradient: inputs[0])]
        case .adam(let op): op.evaluate(inputs)
        case .momentum(let op): op.evaluate(inputs)
        case .custom(let op): op.reference(inputs)
        }
    }
}
