// Recomputation: what is large and cheap is not kept for its next use far away, but made again.
//
// A training step uses the images of a layer twice: in the next layer, and much later in its gradient. A launch that
// can make its result again says so (`Launch.recomputation`). Where another launch with a result of that size comes
// between two uses, the result is dropped and made again before the second, from operands for which the same holds.
// Only memory and time change: the same calls give the same bits.

import Execution
package import GraphIR

/// Puts in launches that make a value again before its far uses.
package struct RecomputationPlanner {
    /// Smaller values are kept: dropping them gains nothing.
    private static let leastBytes = 1 << 20

    private let graph: Graph
    private let kept: Set<ValueID>
    /// The launches with those that make values again.
    private var launches: [Launch] = []
    /// A copy of a value's node for each time that it is made again.
    private var copiedNodes: [Graph.Node] = []
    /// The launch that can make a value again.
    private var recipes: [ValueID: Launch] = [:]
    /// The latest copy of a value.
    private var copies: [ValueID: ValueID] = [:]
    /// The last launch that touched a value.
    private var lastUse: [ValueID: Int] = [:]
    /// The bytes of the largest result of each launch.
    private var largestResult: [Int] = []

    /// The launches for `graph` with those that make values again, and the graph with the copies as its last nodes.
    package static func plan(_ launches: [Launch], of graph: Graph) -> (launches: [Launch], graph: Graph) {
        var planner = RecomputationPlanner(graph)
        for launch in launches { planner.add(launch) }
        return (planner.launches, graph.appending(planner.copiedNodes))
    }

    private init(_ graph: Graph) {
        self.graph = graph
        kept = Set((graph.outputs.map(\.value) + graph.updates.map(\.value)).map { graph.root(of: $0) })
    }

    /// Adds a launch of the graph.
    private mutating func add(_ launch: Launch) {
        for value in launch.reads { makeAgainIfDropped(graph.root(of: value)) }
        append(launch.replacing(input: latest), reads: launch.reads, writes: launch.writes)
        if let value = launch.recomputation?.value, !kept.contains(value), bytes(value) >= Self.leastBytes {
            recipes[value] = launch
        }
    }

    /// Makes `value` again, unless nothing of its size has come since its last use.
    private mutating func makeAgainIfDropped(_ value: ValueID) {
        guard let recipe = recipes[value], let last = lastUse[value],
            largestResult[(last + 1)...].contains(where: { $0 >= bytes(value) })
        else { return }
        let again = recipe.again
        for operand in again.reads { makeAgainIfDropped(graph.root(of: operand)) }
        let copy = ValueID(node: graph.nodes.count + copiedNodes.count, output: value.output)
        copiedNodes.append(graph.nodes[value.node])
        append(again.replacing(input: latest) { $0 == value ? copy : $0 }, reads: again.reads, writes: [value])
        copies[value] = copy
    }

    private mutating func append(_ launch: Launch, reads: [ValueID], writes: [ValueID]) {
        for value in reads + writes { lastUse[graph.root(of: value)] = launches.count }
        launches.append(launch)
        largestResult.append(writes.map(bytes).max() ?? 0)
    }

    private func latest(_ value: ValueID) -> ValueID { copies[graph.root(of: value)] ?? value }

    private func bytes(_ value: ValueID) -> Int { graph.type(of: value).byteCount }
}

extension Launch {
    /// The part of the launch that makes the result of its `recomputation` again; its other results are operands now.
    fileprivate var again: Launch {
        guard let recomputation else { preconditionFailure("\(label) makes nothing again") }
        let value = recomputation.value
        let calls = recomputation.calls.map { call in
            call.replacing { memory in
                if case .output(let other) = memory, other != value { .input(other) } else { memory }
            }
        }
        return Launch(
            "\(recomputation.label) again", nodes: nodes, scratchBytes: scratchBytes, mayOverwrite: mayOverwrite,
            calls: calls)
    }

    /// The same launch with other operands and results.
    fileprivate func replacing(
        input: (ValueID) -> ValueID, output: (ValueID) -> ValueID = { $0 }
    ) -> Launch {
        let calls = calls.map { call in
            call.replacing { memory in
                switch memory {
                case .input(let value): .input(input(value))
                case .output(let value): .output(output(value))
                case .scratch: memory
                }
            }
        }
        let pairs = mayOverwrite.map { (output($0.key), $0.value.map(input)) }
        return Launch(
            label, nodes: nodes, scratchBytes: scratchBytes, mayOverwrite: Dictionary(uniqueKeysWithValues: pairs),
            calls: calls, recomputation: recomputation)
    }
}

extension Call {
    /// The same call with other memory.
    fileprivate func replacing(_ memory: (Memory) -> Memory) -> Call {
        switch self {
        case .kernel(let call):
            let arguments = call.arguments.map { argument in
                if case .memory(let place) = argument { Argument.memory(memory(place)) } else { argument }
            }
            return .kernel(
                KernelCall(
                    call.source, call.function, prelude: call.prelude, arguments, global: call.global,
                    local: call.local, work: call.work))
        case .product(let call):
            return .product(
                ProductCall(
                    left: memory(call.left), right: memory(call.right), result: memory(call.result), op: call.op,
                    sizes: call.sizes, tile: call.tile))
        case .copy(let source, let target, let byteCount):
            return .copy(from: memory(source), to: memory(target), byteCount: byteCount)
        }
    }
}
