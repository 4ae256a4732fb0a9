// All that is decided about a graph before the driver is asked for anything.

import Execution
import GraphIR
import OpenCLRuntime

/// A graph with its launches and where their values lie.
struct PlannedGraph {
    /// The launches in their order.
    let launches: [Launch]
    /// The graph, with a copy of each value that is made again.
    let graph: Graph
    /// Where the values lie.
    let memory: MemoryPlan

    /// Plans `graph`.
    ///
    /// - Throws: `ExecutionError.memory` where the plan does not fit.
    init(
        _ graph: Graph, _ session: DeviceSession, _ target: Target, _ options: OpenCLOptions
    ) throws(ExecutionError) {
        try Self.checkSizes(graph, on: session.device)
        let once = lower(graph, for: target, fusion: options.fusion)
        (launches, self.graph) =
            options.recomputation ? RecomputationPlanner.plan(once, of: graph) : (launches: once, graph: graph)
        memory = MemoryPlan(launches, graph: self.graph)
        try DeviceMemory.check(memory, on: session.device, limit: options.memoryLimit)
    }

    /// Kernels count elements in 32 bits; a graph of larger values is refused before it is lowered.
    private static func checkSizes(_ graph: Graph, on device: Device) throws(ExecutionError) {
        for type in graph.nodes.flatMap(\.types) where type.shape.count > Int(Int32.max) {
            throw .memory(
                neededBytes: type.byteCount, availableBytes: device.maximumAllocationBytes,
                place: "for one value \(type)", advice: "use a smaller batch")
        }
    }
}
