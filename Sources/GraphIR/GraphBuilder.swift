// The builder: graphs are written as expressions over values, and finished into a verified graph.

public import TensorCore

/// Collects the operations of one graph. Not to be shared between threads.
///
/// A wrong shape is not thrown where it happens, so that expressions stay readable: the builder keeps the first error,
/// goes on with a stand-in, and `finish()` throws it.
public final class GraphBuilder {
    private(set) var nodes: [Graph.Node] = []
    private var outputs: [Graph.Output] = []
    private var updates: [Graph.Update] = []
    private var variables: [String: Value] = [:]
    private var error: GraphError?

    /// Makes an empty graph.
    public init() {}

    /// Adds `op` on `inputs` and returns its outputs.
    @discardableResult
    public func add(_ op: Op, _ inputs: [Value]) -> [Value] {
        precondition(inputs.allSatisfy { $0.builder === self }, "\(op.name): an operand belongs to another graph")
        let types: [TensorType]
        do {
            types = try op.rule.outputTypes(inputs.map(\.type))
        } catch let shapeError {
            record(.shape(operation: op.name, inputs: inputs.map(\.type), reason: shapeError.description))
            return Array(repeating: constant(.zeros(TensorType(.float32, .scalar))), count: 3)
        }
        nodes.append(Graph.Node(op: op, inputs: inputs.map(\.id), types: types))
        return types.indices.map { Value(builder: self, id: ValueID(node: nodes.count - 1, output: $0)) }
    }

    /// Keeps `error` to be thrown by `finish()`, unless there is an earlier one.
    public func record(_ error: GraphError) {
        if self.error == nil { self.error = error }
    }

    /// A tensor that each run is given under `name`.
    public func input(_ name: String, _ shape: Shape, _ element: ElementType = .float32) -> Value {
        add(.input(.init(name, TensorType(element, shape))), [])[0]
    }

    /// The variable `name`: asked for twice, it is the same value; with another type, `finish()` throws.
    public func variable(_ name: String, _ shape: Shape, _ element: ElementType = .float32) -> Value {
        if let existing = variables[name], existing.type == TensorType(element, shape) { return existing }
        let value = add(.variable(.init(name, TensorType(element, shape))), [])[0]
        if variables.updateValue(value, forKey: name) != nil { record(.duplicateName(name)) }
        return value
    }

    /// A tensor known now.
    public func constant(_ value: Tensor) -> Value {
        add(.constant(.init(value)), [])[0]
    }

    /// A number known now.
    public func constant(_ value: Float) -> Value {
        constant(Tensor(value))
    }

    /// Returns `value` from every run under `name`.
    public func output(_ name: String, _ value: Value) {
        outputs.append(.init(name: name, value: value.id))
    }

    /// Gives `variable` the new value `value` at the end of every run.
    public func update(_ variable: Value, to value: Value) {
        updates.append(.init(variable: variable.id, value: value.id))
    }

    /// The operation that computed `value`, with its operands and results.
    public func node(of value: Value) -> (op: Op, inputs: [Value], outputs: [Value]) {
        let node = nodes[value.id.node]
        return (
            node.op, node.inputs.map { Value(builder: self, id: $0) },
            node.types.indices.map { Value(builder: self, id: ValueID(node: value.id.node, output: $0)) }
        )
    }

    /// The first result of node `index`.
    package func value(ofNode index: Int) -> Value {
        Value(builder: self, id: ValueID(node: index))
    }

    /// The operands of node `index`.
    package func inputs(ofNode index: Int) -> [Value] {
        nodes[index].inputs.map { Value(builder: self, id: $0) }
    }

    /// The finished graph: verified, and without the nodes on which neither an output nor an update depends.
    ///
    /// - Throws: the first `GraphError` that occurred.
    public func finish() throws(GraphError) -> Graph {
        if let error { throw error }
        var needed = [Bool](repeating: false, count: nodes.count)
        for value in outputs.map(\.value) + updates.flatMap({ [$0.variable, $0.value] }) { needed[value.node] = true }
        for index in nodes.indices.reversed() where needed[index] {
            for input in nodes[index].inputs { needed[input.node] = true }
        }
        var place = [Int](repeating: -1, count: nodes.count)
        var kept: [Graph.Node] = []
        func moved(_ value: ValueID) -> ValueID { ValueID(node: place[value.node], output: value.output) }
        for index in nodes.indices where needed[index] {
            place[index] = kept.count
            let node = nodes[index]
            kept.append(.init(op: node.op, inputs: node.inputs.map(moved), types: node.types))
        }
        return try Graph(
            nodes: kept, outputs: outputs.map { .init(name: $0.name, value: moved($0.value)) },
            updates: updates.map { .init(variable: moved($0.variable), value: moved($0.value)) })
    }
}

/// A value of a graph that is being built.
public struct Value {
    /// The graph it belongs to.
    public let builder: GraphBuilder
    /// Which result of which node it is.
    public let id: ValueID

    /// Its element type and shape.
    public var type: TensorType { builder.nodes[id.node].types[id.output] }
    /// Its shape.
    public var shape: Shape { type.shape }
}
