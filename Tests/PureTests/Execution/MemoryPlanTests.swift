// The memory plan on small graphs: who dies when, what is overwritten, what is copied.

import Execution
import GraphIR
import TensorCore
import Testing

@Suite("Memory plan")
struct MemoryPlanTests {
    /// Builds a graph, plans it with one launch per node, runs it on symbols, and returns the plan.
    private func plan(
        inPlace: Bool = false, _ build: (GraphBuilder) -> Void
    ) throws -> (plan: MemoryPlan, graph: Graph) {
        let builder = GraphBuilder()
        build(builder)
        let graph = try builder.finish()
        let launches = TestLaunch.perNode(graph, inPlace: inPlace)
        let plan = MemoryPlan(launches, graph: graph)
        #expect(SymbolicMemory(running: launches, of: graph, as: plan).faults == [])
        return (plan, graph)
    }

    @Test("a chain needs two slots beside its input, in place one")
    func chain() throws {
        func build(_ builder: GraphBuilder) {
            builder.output("y", builder.input("x", [1000]).exp().tanh().exp().tanh().exp())
        }
        #expect(try plan(build).plan.slotBytes == [4000, 4000, 4000])
        #expect(try plan(inPlace: true, build).plan.slotBytes == [4000, 4000])
    }

    @Test("an input is not overwritten, even where a launch may")
    func inputsStay() throws {
        let (plan, graph) = try plan(inPlace: true) { builder in
            builder.output("y", builder.input("x", [8]).exp())
        }
        #expect(plan.slot(of: graph.outputs[0].value, in: graph) != plan.slots[ValueID(node: 0)])
    }

    @Test("an operand that is read again is not overwritten")
    func readAgain() throws {
        let (plan, graph) = try plan(inPlace: true) { builder in
            let x = builder.input("x", [8]).exp()
            let y = x.tanh()
            builder.output("y", y * x)
        }
        #expect(plan.slots[ValueID(node: 1)] != plan.slots[ValueID(node: 2)])
        #expect(graph.nodes.count == 4)
    }

    @Test("an output lives to the end")
    func outputsLive() throws {
        let (plan, _) = try plan(inPlace: true) { builder in
            let x = builder.input("x", [8]).exp()
            builder.output("x", x)
            builder.output("y", x.tanh().exp().tanh())
        }
        #expect(plan.slots[ValueID(node: 1)] != plan.slots[ValueID(node: 4)])
    }

    @Test("a reshaped value lies where its source does, and keeps it alive")
    func aliases() throws {
        let (plan, graph) = try plan(inPlace: true) { builder in
            let x = builder.input("x", [2, 4]).exp()
            let flat = x.reshape([8]).reshape([4, 2])
            let other = x.tanh()
            builder.output("y", flat.exp())
            builder.output("z", other)
        }
        let aliases = graph.nodes.indices.filter { graph.nodes[$0].op.name == "reshape" }
        #expect(aliases.count == 2)
        for alias in aliases {
            #expect(graph.root(of: ValueID(node: alias)) == ValueID(node: 1))
            #expect(plan.slot(of: ValueID(node: alias), in: graph) == plan.slots[ValueID(node: 1)])
        }
    }

    @Test("a variable is updated in place where its old value dies, without a copy")
    func updateInPlace() throws {
        let (plan, graph) = try plan(inPlace: true) { builder in
            let w = builder.variable("w", [8])
            builder.update(w, to: w * builder.input("x", [8]))
        }
        #expect(plan.copies == [])
        #expect(plan.slot(of: graph.updates[0].value, in: graph) == plan.slots[graph.updates[0].variable])
        #expect(plan.totalBytes == 64)
    }

    @Test("a variable whose old value is returned, or read later, is copied")
    func updateByCopy() throws {
        let (returned, _) = try plan(inPlace: true) { builder in
            let w = builder.variable("w", [8])
            builder.update(w, to: w * 0.5)
            builder.output("old", w)
        }
        #expect(returned.copies.count == 1)
        let (readLater, _) = try plan(inPlace: true) { builder in
            let w = builder.variable("w", [8])
            let next = w * 0.5
            builder.update(w, to: next)
            builder.output("difference", w - next)
        }
        #expect(readLater.copies.count == 1)
    }

    @Test("two variables that exchange their values go by a slot aside")
    func exchange() throws {
        let (plan, _) = try plan { builder in
            let (a, b) = (builder.variable("a", [4]), builder.variable("b", [4]))
            builder.update(a, to: b)
            builder.update(b, to: a)
        }
        #expect(plan.copies.count >= 3)
    }

    @Test("one value for two variables lies in one and is copied to the other")
    func sharedUpdate() throws {
        let (plan, _) = try plan(inPlace: true) { builder in
            let (a, b) = (builder.variable("a", [4]), builder.variable("b", [4]))
            let next = a + b
            builder.update(a, to: next)
            builder.update(b, to: next)
        }
        #expect(plan.copies.count == 1)
    }

    @Test("an update of several outputs takes the place of each operand")
    func adamInPlace() throws {
        let builder = GraphBuilder()
        let names = ["w", "first", "second"]
        let variables = names.map { builder.variable($0, [8]) }
        let operands =
            [variables[0], builder.input("g", [8])] + variables[1...]
            + [builder.input("rate", .scalar), builder.input("step", .scalar)]
        let outputs = builder.add(.adam(.init()), operands)
        for (variable, output) in zip(variables, outputs) { builder.update(variable, to: output) }
        let graph = try builder.finish()
        var launch = TestLaunch(graph, nodes: [graph.nodes.count - 1], inPlace: false)
        for update in graph.updates { launch.mayOverwrite[update.value] = [update.variable] }
        let plan = MemoryPlan([launch], graph: graph)
        #expect(plan.copies == [])
        #expect(plan.totalBytes == 4 * 32 + 8)
        #expect(SymbolicMemory(running: [launch], of: graph, as: plan).faults == [])
    }

    @Test("scratch is shared by launches, and lies beside what they read and write")
    func scratch() throws {
        let builder = GraphBuilder()
        builder.output("y", builder.input("x", [100]).exp().tanh().exp())
        let graph = try builder.finish()
        var launches = TestLaunch.perNode(graph)
        for index in launches.indices { launches[index].scratchBytes = [400, 800] }
        let plan = MemoryPlan(launches, graph: graph)
        #expect(SymbolicMemory(running: launches, of: graph, as: plan).faults == [])
        #expect(plan.scratchSlots.allSatisfy { Set($0).count == 2 })
        #expect(plan.slotBytes.count <= 5)
    }

    @Test("memory of the dead is used again")
    func reuse() throws {
        let (plan, graph) = try plan { builder in
            var x = builder.input("x", [64, 64])
            for _ in 0..<20 { x = x.exp() + x }
            builder.output("y", x)
        }
        let unshared = graph.nodes.reduce(0) { $0 + $1.types[0].byteCount }
        #expect(plan.totalBytes * 8 <= unshared)
    }
}
