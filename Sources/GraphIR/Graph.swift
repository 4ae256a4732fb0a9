// The graph: nodes in topological order, what a run returns, and which variables it updates.

public import TensorCore

/// One result of one node.
public struct ValueID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The index of the node.
    public let node: Int
    /// Which of its outputs.
    public let output: Int

    /// Names output `output` of node `node`.
    public init(node: Int, output: Int = 0) {
        (self.node, self.output) = (node, output)
    }

    /// The order of computation.
    public static func < (left: ValueID, right: ValueID) -> Bool {
        (left.node, left.output) < (right.node, right.output)
    }

    /// `%12`, or `%12.1` for a second output.
    public var description: String { output == 0 ? "%\(node)" : "%\(node).\(output)" }
}

/// A typed, static graph of operations: what one run computes.
public struct Graph: Sendable {
    /// One operation with its operands.
    public struct Node: Sendable {
        /// The operation.
        public let op: Op
        /// Its operands, each computed by an earlier node.
        public let inputs: [ValueID]
        /// The types of its results.
        public let types: [TensorType]

        /// Makes a node; `Graph.verify` holds it against the operation's rule.
        public init(op: Op, inputs: [ValueID], types: [TensorType]) {
            (self.op, self.inputs, self.types) = (op, inputs, types)
        }
    }

    /// A value that a run returns.
    public struct Output: Hashable, Sendable {
        /// The name under which it is returned.
        public let name: String
        /// What is returned.
        public let value: ValueID

        /// Returns `value` under `name`.
        public init(name: String, value: ValueID) {
            (self.name, self.value) = (name, value)
        }
    }

    /// A variable's new value at the end of a run.
    public struct Update: Hashable, Sendable {
        /// The variable.
        public let variable: ValueID
        /// Its new value.
        public let value: ValueID
    }

    /// The nodes; each uses only earlier ones.
    public let nodes: [Node]
    /// What a run returns.
    public let outputs: [Output]
    /// The variables that a run changes.
    public let updates: [Update]
    /// The inputs of a run by name.
    public let inputs: [String: ValueID]
    /// The variables by name.
    public let variables: [String: ValueID]

    /// Makes a graph and verifies it.
    ///
    /// - Throws: `GraphError` for operands that are not computed before their use, types that break an operation's
    ///   rule, or two inputs, variables, outputs or updates of one name.
    public init(nodes: [Node], outputs: [Output], updates: [Update]) throws(GraphError) {
        self.init(unverified: nodes, outputs: outputs, updates: updates)
        try verify()
    }

    /// Makes a graph whose parts come of verified ones, or are verified next.
    private init(unverified nodes: [Node], outputs: [Output], updates: [Update]) {
        (self.nodes, self.outputs, self.updates) = (nodes, outputs, updates)
        var (inputs, variables): ([String: ValueID], [String: ValueID]) = ([:], [:])
        for (index, node) in nodes.enumerated() {
            if case .input(let input) = node.op { inputs[input.inputName] = ValueID(node: index) }
            if case .variable(let variable) = node.op { variables[variable.variableName] = ValueID(node: index) }
        }
        (self.inputs, self.variables) = (inputs, variables)
    }

    /// The same graph with copies of some of its nodes at its end, which nothing uses yet.
    package func appending(_ copies: [Node]) -> Graph {
        Graph(unverified: nodes + copies, outputs: outputs, updates: updates)
    }

    /// The type of `value`.
    public func type(of value: ValueID) -> TensorType {
        nodes[value.node].types[value.output]
    }
}

/// Why a graph is none.
public enum GraphError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An operation cannot take its inputs.
    case shape(operation: String, inputs: [TensorType], reason: String)
    /// A node breaks an invariant of the graph.
    case malformed(node: Int, operation: String, reason: String)
    /// Two inputs, variables, outputs or updates bear one name.
    case duplicateName(String)

    /// One line of facts.
    public var description: String {
        switch self {
        case .shape(let operation, let inputs, let reason):
            "\(operation) of (\(inputs.map(\.description).joined(separator: ", "))): \(reason)"
        case .malformed(let node, let operation, let reason):
            "node %\(node), \(operation): \(reason)"
        case .duplicateName(let name):
            "the name '\(name)' is used twice in the graph"
        }
    }
}

extension Graph {
    /// Checks order, arity, types and names.
    func verify() throws(GraphError) {
        var names = Set<String>()
        for (index, node) in nodes.enumerated() {
            for input in node.inputs {
                guard input.node >= 0, input.node < index, nodes[input.node].types.indices.contains(input.output) else {
                    throw .malformed(node: index, operation: node.op.name, reason: "uses \(input) before it exists")
                }
            }
            let types: [TensorType]
            do {
                types = try node.op.rule.outputTypes(node.inputs.map(type(of:)))
            } catch {
                throw .malformed(node: index, operation: node.op.name, reason: error.description)
            }
            guard types == node.types else {
                throw .malformed(
                    node: index, operation: node.op.name, reason: "has the types \(node.types), its rule says \(types)")
            }
            if case .input(let op) = node.op, !names.insert("input " + op.inputName).inserted {
                throw .duplicateName(op.inputName)
            }
            if case .variable(let op) = node.op, !names.insert("variable " + op.variableName).inserted {
                throw .duplicateName(op.variableName)
            }
        }
        for output in outputs where !names.insert("output " + output.name).inserted {
            throw .duplicateName(output.name)
        }
        for update in updates {
            guard case .variable(let op) = nodes[update.variable.node].op else {
                throw .malformed(
                    node: update.variable.node, operation: nodes[update.variable.node].op.name,
                    reason: "is updated but is no variable")
            }
            guard names.insert("update " + op.variableName).inserted else { throw .duplicateName(op.variableName) }
            guard type(of: update.value) == op.type else {
                throw .malformed(
                    node: update.value.node, operation: nodes[update.value.node].op.name,
                    reason: "has the type \(type(of: update.value)), the variable '\(op.variableName)' \(op.type)")
            }
        }
    }
}

extension Graph: CustomStringConvertible {
    /// The graph, one line per node: `%3 = convolution(%0, %1) stride 1, padding 1 : float32[2, 28, 28, 8]`.
    public var description: String {
        var lines = nodes.enumerated().map { index, node in
            let operands = node.inputs.map(\.description).joined(separator: ", ")
            let attributes = node.op.rule.attributes
            let types = node.types.map(\.description).joined(separator: ", ")
            return "%\(index) = \(node.op.name)(\(operands))\(attributes.isEmpty ? "" : " " + attributes) : \(types)"
        }
        lines += outputs.map { "output '\($0.name)' = \($0.value)" }
        lines += updates.map { "update \($0.variable) <- \($0.value)" }
        return lines.joined(separator: "\n")
    }
}
