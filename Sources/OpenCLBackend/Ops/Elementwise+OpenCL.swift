// Elementwise nodes, one or a chain of them, as one generated expression inside `elementwise.cl`.

import GraphIR
import TensorCore

/// Elementwise nodes whose results have one shape; the last one's result is stored, the others' are not.
struct ElementwiseGroup {
    /// The nodes, each after those that it uses.
    let nodes: [Int]

    /// Makes a group of `nodes`.
    init(_ nodes: [Int]) {
        precondition(!nodes.isEmpty, "an elementwise group without nodes")
        self.nodes = nodes
    }

    /// The launch that computes the group, seen from its last node.
    func launch(_ last: LoweredNode) -> Launch {
        var expression = ElementwiseExpression(shape: last.outputShapes[0], graph: last.graph)
        for index in nodes { expression.append(index) }
        let count = last.outputShapes[0].count
        let (output, element) = (last.outputs[0], last.node.types[0].element)
        let call = KernelCall(
            .template("elementwise"), "elementwise", prelude: expression.prelude(result: element),
            [.uint32(count)] + expression.arguments + [.output(output)], .row(count, on: last.target),
            work: Work(
                operations: count * nodes.count, bytes: expression.bytesRead + last.node.types[0].byteCount))
        return Launch(
            label(last.graph), nodes: nodes, mayOverwrite: [output: expression.overwritable(by: element)],
            calls: [.kernel(call)])
    }
}

extension ElementwiseGroup {
    /// The operations, as many as fit into a line of a profile.
    private func label(_ graph: Graph) -> String {
        let names = nodes.map { graph.nodes[$0].op.name }
        let most = 4
        let shown = names.count > most ? names.prefix(most - 1) + ["\(names.count - most + 1) more"] : names[...]
        return shown.joined(separator: " + ")
    }
}

/// Operands and statements of an elementwise computation, at the position `i` of a shape.
struct ElementwiseExpression {
    private struct Operand {
        let value: ValueID
        let index: StridedIndex
        let argument: Argument
        let declaration: String
        /// The operand at position `i`.
        let text: String
    }

    private let shape: Shape
    private let graph: Graph
    private var operands: [Operand] = []
    private var statements: [String] = []
    private var names: [ValueID: String] = [:]

    init(shape: Shape, graph: Graph) {
        (self.shape, self.graph) = (shape, graph)
    }

    /// Adds the computation of node `index`.
    mutating func append(_ index: Int) {
        let node = graph.nodes[index]
        let name = "v\(statements.count)"
        let operands = node.inputs.map { text(of: $0) }
        let types = node.inputs.map { graph.type(of: $0).element }
        statements.append("const \(node.types[0].element.kernelType) \(name) = \(node.op.text(operands, types));")
        names[ValueID(node: index)] = name
    }

    /// The arguments, in the order of their declarations.
    var arguments: [Argument] { operands.map(\.argument) }

    /// The bytes of all operands in memory, each once.
    var bytesRead: Int {
        Set(operands.filter { $0.argument.memory != nil }.map(\.value)).reduce(0) { $0 + graph.type(of: $1).byteCount }
    }

    /// What stands before `elementwise.cl`.
    func prelude(result: ElementType) -> String {
        """
        #define PARAMETERS \(operands.map { $0.declaration + ", " }.joined())
        #define STATEMENTS \(statements.joined(separator: " "))
        #define RESULT v\(statements.count - 1)
        #define ELEMENT \(result.kernelType)

        """
    }

    /// The operands that each work-item reads only where it writes an element of type `element`.
    func overwritable(by element: ElementType) -> [ValueID] {
        operands.filter { operand in
            let type = graph.type(of: operand.value)
            let root = graph.root(of: operand.value)
            return operand.argument.memory != nil && type.element.byteCount == element.byteCount
                && type.shape.count == shape.count
                && operands.allSatisfy { graph.root(of: $0.value) != root || $0.index.isIdentity }
        }.map(\.value)
    }

    private mutating func text(of value: ValueID) -> String {
        if let name = names[value] { return name }
        let index = StridedIndex(
            extents: shape.extents, strides: graph.type(of: value).shape.strides(broadcastTo: shape))
        if let known = operands.first(where: { $0.value == value && $0.index == index }) { return known.text }
        let operand = operand("x\(operands.count)", value, index)
        operands.append(operand)
        return operand.text
    }

    /// A number known now is an argument, so that kernels differ only where their text does.
    private func operand(_ name: String, _ value: ValueID, _ index: StridedIndex) -> Operand {
        if case .constant(let constant) = graph.nodes[value.node].op, constant.value.shape.count == 1,
            case .float32(let numbers) = constant.value.storage
        {
            return Operand(
                value: value, index: index, argument: .float(numbers[0]), declaration: "const float \(name)", text: name
            )
        }
        return Operand(
            value: value, index: index, argument: .input(value),
            declaration: "__global const \(graph.type(of: value).element.kernelType)* \(name)",
            text: "\(name)[\(index.text("i"))]")
    }
}

extension ElementType {
    /// The type of an element in a kernel.
    var kernelType: String {
        switch self {
        case .float32: "float"
        case .int32: "int"
        case .uint8: "uchar"
        }
    }
}
