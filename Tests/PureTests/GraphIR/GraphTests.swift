// The graph: what the builder keeps, what the verifier refuses, what is printed.

import GraphIR
import TensorCore
import Testing

@Suite("Graph")
struct GraphTests {
    private let vector = TensorType(.float32, [2])

    @Test("the builder keeps the first error, with operation and operands")
    func firstError() {
        let builder = GraphBuilder()
        let (a, b) = (builder.input("a", [2, 3]), builder.input("b", [4]))
        let wrong = a + b
        builder.output("y", wrong.matrixProduct(a).reshape([77]))
        let expected = GraphError.shape(
            operation: "add", inputs: [TensorType(.float32, [2, 3]), TensorType(.float32, [4])],
            reason: "shapes [2, 3], [4] do not broadcast")
        #expect(throws: expected) { try builder.finish() }
        #expect(
            expected.description == "add of (float32[2, 3], float32[4]): shapes [2, 3], [4] do not broadcast")
    }

    @Test("the mean over an axis that there is not is an error of the graph", arguments: [[2], [-1], [0, 7]])
    func wrongAxis(axes: [Int]) {
        let builder = GraphBuilder()
        builder.output("y", builder.input("a", [2, 3]).mean(over: axes))
        #expect(
            throws: GraphError.shape(
                operation: "reduce", inputs: [TensorType(.float32, [2, 3])],
                reason: "axes \(axes) are not axes of [2, 3]")
        ) { try builder.finish() }
    }

    @Test("a variable asked for twice is one; of another shape it is an error")
    func variables() throws {
        let builder = GraphBuilder()
        let first = builder.variable("w", [2])
        #expect(builder.variable("w", [2]).id == first.id)
        _ = builder.variable("w", [3])
        #expect(throws: GraphError.duplicateName("w")) { try builder.finish() }
        #expect(GraphError.duplicateName("w").description == "the name 'w' is used twice in the graph")
    }

    @Test("one name for two inputs, outputs or updates is refused")
    func duplicateNames() {
        let inputs = GraphBuilder()
        inputs.output("y", inputs.input("x", [2]) + inputs.input("x", [2]))
        #expect(throws: GraphError.duplicateName("x")) { try inputs.finish() }

        let outputs = GraphBuilder()
        outputs.output("y", outputs.input("x", [2]))
        outputs.output("y", outputs.input("z", [2]))
        #expect(throws: GraphError.duplicateName("y")) { try outputs.finish() }

        let updates = GraphBuilder()
        let w = updates.variable("w", [2])
        updates.update(w, to: w + 1)
        updates.update(w, to: w + 2)
        #expect(throws: GraphError.duplicateName("w")) { try updates.finish() }
    }

    @Test("an input and an output may share a name")
    func namesOfDifferentKinds() throws {
        let builder = GraphBuilder()
        builder.output("x", builder.input("x", [2]))
        #expect(try builder.finish().inputs == ["x": ValueID(node: 0)])
    }

    @Test("an update must be of a variable, with its type")
    func updates() {
        let ofInput = GraphBuilder()
        let x = ofInput.input("x", [2])
        ofInput.update(x, to: x)
        let notVariable = GraphError.malformed(node: 0, operation: "input", reason: "is updated but is no variable")
        #expect(throws: notVariable) { try ofInput.finish() }

        let ofShape = GraphBuilder()
        let w = ofShape.variable("w", [2])
        ofShape.update(w, to: w.sum())
        let wrongType = GraphError.malformed(
            node: 1, operation: "reduce", reason: "has the type float32[1], the variable 'w' float32[2]")
        #expect(throws: wrongType) { try ofShape.finish() }
        #expect(
            wrongType.description == "node %1, reduce: has the type float32[1], the variable 'w' float32[2]")
    }

    @Test("the verifier refuses operands from later, and types that no rule gave")
    func verifier() {
        let input = Graph.Node(op: .input(.init("x", vector)), inputs: [], types: [vector])
        func exp(_ operand: ValueID, _ type: TensorType) -> Graph.Node {
            Graph.Node(op: .unary(.exp), inputs: [operand], types: [type])
        }
        let later = GraphError.malformed(node: 1, operation: "exp", reason: "uses %1 before it exists")
        #expect(throws: later) {
            try Graph(nodes: [input, exp(ValueID(node: 1), vector)], outputs: [], updates: [])
        }
        let missing = GraphError.malformed(node: 1, operation: "exp", reason: "uses %0.1 before it exists")
        #expect(throws: missing) {
            try Graph(nodes: [input, exp(ValueID(node: 0, output: 1), vector)], outputs: [], updates: [])
        }
        let wrongType = GraphError.malformed(
            node: 1, operation: "exp", reason: "has the types [float32[3]], its rule says [float32[2]]")
        #expect(throws: wrongType) {
            let nodes = [input, exp(ValueID(node: 0), TensorType(.float32, [3]))]
            return try Graph(nodes: nodes, outputs: [], updates: [])
        }
        let wrongArity = GraphError.malformed(node: 0, operation: "exp", reason: "expects 1 inputs, got 0")
        #expect(throws: wrongArity) {
            let node = Graph.Node(op: .unary(.exp), inputs: [], types: [vector])
            return try Graph(nodes: [node], outputs: [], updates: [])
        }
    }

    @Test("what neither an output nor an update needs is left out")
    func pruning() throws {
        let builder = GraphBuilder()
        let (x, unused) = (builder.input("x", [2]), builder.input("unused", [3]))
        _ = unused.exp()
        let w = builder.variable("w", [2])
        builder.update(w, to: w * x)
        builder.output("y", x.topKAsRow().values)
        let graph = try builder.finish()
        #expect(graph.nodes.map(\.op.name) == ["input", "variable", "multiply", "reshape", "topK"])
        #expect(graph.inputs.keys.sorted() == ["x"])
        #expect(graph.updates.map(\.variable) == [ValueID(node: 1)])
        #expect(graph.updates.map(\.value) == [ValueID(node: 2)])
        #expect(graph.outputs.map(\.value) == [ValueID(node: 4)])
    }

    @Test("an update by itself keeps its variable")
    func updateKeepsVariable() throws {
        let builder = GraphBuilder()
        let w = builder.variable("w", [2])
        builder.update(w, to: builder.input("x", [2]))
        let graph = try builder.finish()
        #expect(graph.variables.count == 1)
        #expect(graph.inputs.count == 1)
    }

    @Test("the printed graph has one line per node, then outputs and updates")
    func printing() throws {
        let builder = GraphBuilder()
        let images = builder.input("images", [2, 28, 28, 1])
        let filter = builder.variable("filter", [3, 3, 1, 8])
        let pooled = images.convolution(filter, .init(padding: 1)).maxPool(window: 2)
        builder.output("pooled", pooled)
        builder.output("places", builder.node(of: pooled).outputs[1])
        builder.update(filter, to: filter * 0.5)
        let expected = """
            %0 = input() 'images' : float32[2, 28, 28, 1]
            %1 = variable() 'filter' : float32[3, 3, 1, 8]
            %2 = convolution(%0, %1) stride 1, padding 1 : float32[2, 28, 28, 8]
            %3 = maxPool(%2) window 2 : float32[2, 14, 14, 8], uint8[2, 14, 14, 8]
            %4 = constant() 0.5 : float32[]
            %5 = multiply(%1, %4) : float32[3, 3, 1, 8]
            output 'pooled' = %3
            output 'places' = %3.1
            update %1 <- %5
            """
        #expect(try builder.finish().description == expected)
    }

    @Test("reshape and broadcast to the same shape add nothing")
    func noOperation() throws {
        let builder = GraphBuilder()
        let x = builder.input("x", [2])
        #expect(x.reshape([2]).id == x.id)
        #expect(x.broadcast(to: [2]).id == x.id)
    }
}

extension Value {
    fileprivate func topKAsRow() -> (values: Value, indices: Value) { reshape([1, shape.count]).topK(1) }
}
