// Random graphs for properties of the memory plan: many sizes, several outputs, reshapes, updates of variables.

import GraphIR
import TensorCore

/// Draws graphs and the launches that cover them.
struct RandomGraph {
    private var generator: CounterGenerator

    init(seed: UInt64) {
        generator = CounterGenerator(seed: seed, stream: 0)
    }

    private mutating func choose<Element>(_ elements: [Element]) -> Element {
        elements[generator.nextInteger(below: elements.count)]
    }

    /// A graph of about `count` operations on matrices of four columns.
    mutating func graph(_ count: Int) throws(GraphError) -> Graph {
        let builder = GraphBuilder()
        var variables: [Value] = []
        for index in 0..<4 { variables.append(builder.variable("v\(index)", [choose([1, 2, 8]), 4])) }
        var values = variables + [builder.input("x", [2, 4]), builder.input("y", [8, 4])]
        for _ in 0..<count { values += operation(on: choose(values), among: values) }
        for index in 0..<3 { builder.output("o\(index)", choose(values)) }
        for variable in variables where generator.nextInteger(below: 4) > 0 {
            let fitting = values.filter { $0.type == variable.type }
            builder.update(variable, to: choose(fitting))
        }
        return try builder.finish()
    }

    private mutating func operation(on value: Value, among values: [Value]) -> [Value] {
        let alike = values.filter { $0.shape == value.shape }
        switch generator.nextInteger(below: 7) {
        case 0: return [value.exp()]
        case 1, 2: return [value + choose(alike)]
        case 3: return [value.reshape([value.shape.count]).reshape([value.shape[0], 2, 2]).reshape(value.shape)]
        case 4 where value.shape[0] < 100: return [Value.concatenate([value, choose(values)])]
        case 5 where value.shape[0] > 1: return [value.rows(1..<value.shape[0])]
        case 6: return [value.topK(4).values]
        default: return [value.tanh()]
        }
    }

    /// Launches that cover every computed node, in order, sometimes several nodes at once.
    mutating func launches(of graph: Graph, inPlace: Bool) -> [TestLaunch] {
        var launches: [TestLaunch] = []
        var group: [Int] = []
        for (index, node) in graph.nodes.enumerated() {
            guard case .computed = node.op.residence else { continue }
            group.append(index)
            if generator.nextInteger(below: 3) == 0 { continue }
            let scratch = generator.nextInteger(below: 4) == 0 ? [16 * generator.nextInteger(below: 20) + 16] : []
            launches.append(TestLaunch(graph, nodes: group, inPlace: inPlace, scratchBytes: scratch))
            group = []
        }
        if !group.isEmpty { launches.append(TestLaunch(graph, nodes: group, inPlace: inPlace)) }
        return launches
    }
}
