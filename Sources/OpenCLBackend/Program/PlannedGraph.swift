// All that is decided about a graph before the driver is asked for anything.

import Execution
import GraphIR

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
    init(_ graph: Graph, _ session: DeviceSession, _ options: OpenCLOptions) throws(ExecutionError) {
        let once = lower(graph, for: session.target, fusion: options.fusion)
        (launches, self.graph) =
            options.recomputation ? RecomputationPlanner.plan(once, of: graph) : (launches: once, graph: graph)
        memory = MemoryPlan(launches, graph: self.graph)
        try DeviceMemory.check(memory, on: session.device, limit: options.memoryLimit)
    }
}
