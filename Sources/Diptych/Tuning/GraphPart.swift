// Some nodes of a graph, made a graph of their own.

import GraphIR
import TensorCore

/// A part of a graph that runs by itself, and what its operands are.
struct GraphPart {
    /// Where the operands come from that other nodes of the whole computed, and what is returned.
    enum Purpose {
        /// Inputs, and every result whole: to be held against the reference.
        case check
        /// Variables, which are zero and need no upload, and one element of each result: to be timed.
        case timing
    }

    /// The name of what makes the one element; every other launch is of the part's own.
    static let scaffold = "slice"

    /// The part by itself.
    let graph: Graph
    /// Random operands, for `Purpose.check`.
    let inputs: [String: Tensor]

    /// Takes `nodes`, in their order, out of `whole`.
    ///
    /// - Throws: `GraphError` only where `whole` itself is wrong.
    init(_ nodes: [Int], of whole: Graph, for purpose: Purpose) throws(GraphError) {
        let builder = GraphBuilder()
        var draw = OperandDraw()
        var drawn: [String: Tensor] = [:]
        var values: [ValueID: Value] = [:]
        func operand(_ id: ValueID, of node: Graph.Node, _ index: Int) -> Value {
            if let known = values[id] { return known }
            let (type, name) = (whole.type(of: id), "operand\(values.count)")
            let value: Value
            switch (whole.nodes[id.node].op, purpose) {
            case (.constant(let constant), _): value = builder.constant(constant.value)
            case (_, .timing): value = builder.variable(name, type.shape, type.element)
            case (_, .check):
                drawn[name] = draw.tensor(type, operand: index, of: node)
                value = builder.input(name, type.shape, type.element)
            }
            values[id] = value
            return value
        }
        for index in nodes {
            let node = whole.nodes[index]
            let operands = node.inputs.enumerated().map { operand($1, of: node, $0) }
            for (output, value) in builder.add(node.op, operands).enumerated() {
                values[ValueID(node: index, output: output)] = value
            }
        }
        for id in Self.results(of: nodes, in: whole) {
            guard let value = values[id] else { continue }
            // What float32 leaves of a backend's own sum is no other backend's.
            if case .check = purpose, case .scoreReduction = whole.nodes[id.node].op, id.output == 1 { continue }
            let ones = value.shape.extents.map { _ in 1 }
            switch purpose {
            case .check: builder.output("\(id)", value)
            case .timing: builder.output("\(id)", value.slice(starts: ones.map { _ in 0 }, ends: ones))
            }
        }
        inputs = drawn
        graph = try builder.finish()
    }

    /// What other nodes, or whoever runs `whole`, need of what `nodes` compute.
    private static func results(of nodes: [Int], in whole: Graph) -> [ValueID] {
        let members = Set(nodes)
        var needed = Set(whole.outputs.map(\.value) + whole.updates.map(\.value))
        for (index, node) in whole.nodes.enumerated() where !members.contains(index) { needed.formUnion(node.inputs) }
        return needed.filter { members.contains($0.node) }.sorted()
    }

    /// Operations in one run, or elements where nothing is computed.
    var amount: Double {
        let amounts = graph.nodes.map { node in
            max(
                node.op.arithmetic(node.inputs.map(graph.type(of:)), node.types),
                node.inputs.isEmpty ? 0 : node.types.reduce(0) { $0 + $1.shape.count })
        }
        return Double(amounts.reduce(1, +))
    }
}

/// Random operands that an operation can take.
private struct OperandDraw {
    private var generator = CounterGenerator(seed: 1, stream: 0)

    /// Operand `index` of `node`: numbers on both sides of 0, but a variance above it, places inside of windows, what is
    /// normalized on a grid, so that no element lies so near to a ReLU's threshold, or to its neighbour in a window, that
    /// rounding decides, and rows of unit length whose scores are compared.
    mutating func tensor(_ type: TensorType, operand index: Int, of node: Graph.Node) -> Tensor {
        switch type.element {
        case .float32: return numbers(type.shape, operand: index, of: node)
        case .int32: return .zeros(type)
        case .uint8:
            guard case .maxPoolBackward(let pool) = node.op else { return .zeros(type) }
            let places = pool.geometry.window * pool.geometry.window
            return Tensor(type.shape, generator.nextIntegers(type.shape.count, below: places).map(UInt8.init))
        }
    }

    private mutating func numbers(_ shape: Shape, operand index: Int, of node: Graph.Node) -> Tensor {
        var (low, high, grid): (Float, Float, Bool) = (-1, 1, false)
        if case .batchNormalization = node.op { grid = index == 0 }
        if case .batchNormalizationBackward = node.op {
            grid = index == 1
            low = index == 4 ? 0.5 : -1
        }
        if case .scoreReduction = node.op { (low, high) = Self.unitRows(shape) }
        if case .scoreReductionBackward(let op) = node.op {
            switch node.inputs.count - index {
            // The result, above every score, and what float32 leaves of it; its gradient is like any other.
            case 3: (low, high) = (op.forward.scale, op.forward.scale + 1)
            case 2: return .zeros(TensorType(.float32, shape))
            case 1: break
            default: (low, high) = Self.unitRows(shape)
            }
        }
        return grid
            ? Tensor(shape, generator.nextIntegers(shape.count, below: 128).map { Float($0) / 64 - 1 })
            : Tensor(shape, generator.nextUniforms(shape.count, low, high))
    }

    /// The bounds of the elements of rows about as long as 1.
    private static func unitRows(_ shape: Shape) -> (Float, Float) {
        let most = (3 / Float(shape[1])).squareRoot()
        return (-most, most)
    }
}
