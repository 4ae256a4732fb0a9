// Properties of the memory plan, on random graphs: no reader ever finds another value than the one it wants.

import Execution
import GraphIR
import Testing

@Suite("Memory plan of random graphs")
struct MemoryPlanPropertyTests {
    @Test("every launch, output and variable finds its value", arguments: 0..<200)
    func valuesAreFound(seed: Int) throws {
        var random = RandomGraph(seed: UInt64(seed))
        let graph = try random.graph(5 + seed % 60)
        for inPlace in [false, true] {
            let launches = random.launches(of: graph, inPlace: inPlace)
            let plan = MemoryPlan(launches, graph: graph)
            let faults = SymbolicMemory(running: launches, of: graph, as: plan).faults
            #expect(faults == [], "seed \(seed), in place \(inPlace)\n\(graph)")
        }
    }

    @Test("the symbolic memory finds a plan for another order of launches wrong")
    func faultsAreFound() throws {
        var found = 0
        for seed in 0..<50 {
            var random = RandomGraph(seed: UInt64(seed))
            let graph = try random.graph(40)
            let launches = random.launches(of: graph, inPlace: true)
            let plan = MemoryPlan(Array(launches.reversed()), graph: graph)
            if !SymbolicMemory(running: launches, of: graph, as: plan).faults.isEmpty { found += 1 }
        }
        #expect(found > 40)
    }
}
