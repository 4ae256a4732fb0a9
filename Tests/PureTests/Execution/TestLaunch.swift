// Launches made up for tests of the memory plan, and a memory of symbols on which they run.

import Execution
import GraphIR

/// What a launch says of itself, and nothing else.
struct TestLaunch: LaunchFootprint {
    var reads: [ValueID]
    var writes: [ValueID]
    var scratchBytes: [Int] = []
    var mayOverwrite: [ValueID: [ValueID]] = [:]

    /// One launch for each computed node, which may overwrite any operand of its result's size where `inPlace`.
    static func perNode(_ graph: Graph, inPlace: Bool = false) -> [TestLaunch] {
        graph.nodes.indices.compactMap { index in
            let node = graph.nodes[index]
            guard case .computed = node.op.residence else { return nil }
            return TestLaunch(graph, nodes: [index], inPlace: inPlace)
        }
    }

    /// One launch that covers `nodes`: it reads what comes from outside, and writes what is wanted outside.
    init(_ graph: Graph, nodes: [Int], inPlace: Bool, scratchBytes: [Int] = []) {
        let inside = Set(nodes)
        var wantedOutside = Set((graph.outputs.map(\.value) + graph.updates.map(\.value)).map(graph.root(of:)))
        for (index, node) in graph.nodes.enumerated() where !inside.contains(index) {
            if case .alias = node.op.residence { continue }
            wantedOutside.formUnion(node.inputs.map(graph.root(of:)))
        }
        reads = nodes.flatMap { graph.nodes[$0].inputs }.filter { !inside.contains(graph.root(of: $0).node) }
        writes = nodes.flatMap { node in
            graph.nodes[node].types.indices.map { ValueID(node: node, output: $0) }
        }.filter { nodes.count == 1 || wantedOutside.contains($0) }
        self.scratchBytes = scratchBytes
        guard inPlace else { return }
        for value in writes {
            let bytes = graph.type(of: value).byteCount
            mayOverwrite[value] = reads.filter { graph.type(of: $0).byteCount == bytes }
        }
    }
}

/// A memory whose slots hold the names of values: what a run leaves where, without computing anything.
struct SymbolicMemory {
    /// What went wrong, in words.
    private(set) var faults: [String] = []
    private var slots: [Int: String]
    private let graph: Graph
    private let plan: MemoryPlan

    /// Runs `launches` as planned.
    init(running launches: [TestLaunch], of graph: Graph, as plan: MemoryPlan) {
        (self.graph, self.plan, slots) = (graph, plan, [:])
        for (index, node) in graph.nodes.enumerated() {
            guard case .source = node.op.residence, plan.slots[ValueID(node: index)] != nil else { continue }
            write(ValueID(node: index))
        }
        for (index, launch) in launches.enumerated() {
            for value in launch.reads { expect(value, "launch \(index) reads") }
            for (slot, bytes) in zip(plan.scratchSlots[index], launch.scratchBytes) {
                if plan.slotBytes[slot] < bytes { faults.append("scratch of \(bytes) bytes in slot \(slot)") }
                if (launch.reads + launch.writes).contains(where: { plan.slot(of: $0, in: graph) == slot }) {
                    faults.append("launch \(index): scratch in the slot \(slot) of an operand")
                }
                slots[slot] = "scratch of launch \(index)"
            }
            let written = launch.writes.map { plan.slot(of: $0, in: graph) }
            if Set(written).count != written.count { faults.append("launch \(index) writes one slot twice") }
            for value in launch.writes { write(value) }
        }
        for output in graph.outputs { expect(output.value, "output '\(output.name)'") }
        finish()
    }

    private mutating func finish() {
        for copy in plan.copies {
            if copy.byteCount > min(plan.slotBytes[copy.source], plan.slotBytes[copy.target]) {
                faults.append("a copy of \(copy.byteCount) bytes from slot \(copy.source) to \(copy.target)")
            }
            slots[copy.target] = slots[copy.source]
        }
        for update in graph.updates {
            let found = slots[plan.slot(of: update.variable, in: graph)] ?? "nothing"
            let wanted = name(update.value)
            if found != wanted { faults.append("variable \(update.variable) holds \(found), not \(wanted)") }
        }
        let updated = Set(graph.updates.map(\.variable))
        for variable in graph.variables.values where !updated.contains(variable) { expect(variable, "after the run") }
    }

    private func name(_ value: ValueID) -> String { "\(graph.root(of: value))" }

    private mutating func write(_ value: ValueID) {
        let slot = plan.slot(of: value, in: graph)
        let bytes = graph.type(of: value).byteCount
        if plan.slotBytes[slot] < bytes { faults.append("\(value) of \(bytes) bytes in slot \(slot)") }
        slots[slot] = name(value)
    }

    private mutating func expect(_ value: ValueID, _ reader: String) {
        let slot = plan.slot(of: value, in: graph)
        let found = slots[slot] ?? "nothing"
        if found != name(value) { faults.append("\(reader): slot \(slot) holds \(found), not \(name(value))") }
    }
}
