// What is made again instead of being kept; no device is asked.

import Autodiff
import Execution
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Recomputation")
struct RecomputationTests {
    private let target = Target(
        kind: .cpu, computeUnits: 2, lanes: 16, maximumWorkGroup: 4096, localMemoryBytes: 1 << 20)

    /// Two layers with their gradients; an image of `channels` channels is 1 MiB for 32.
    private func twoLayers(channels: Int, returnsTheFirst: Bool = false) throws -> Graph {
        let builder = GraphBuilder()
        let (scale, shift) = (builder.variable("scale", [channels]), builder.variable("shift", [channels]))
        let filters = [
            builder.variable("filter 1", [3, 3, 1, channels]),
            builder.variable("filter 2", [3, 3, channels, channels]),
        ]
        let images = builder.input("images", [32, 16, 16, 1])
        let first = images.convolution(filters[0], .init(padding: 1))
        let normalized = first.batchNormalization(scale: scale, shift: shift).normalized.relu()
        let second = normalized.convolution(filters[1], .init(padding: 1))
        let loss = second.batchNormalization(scale: scale, shift: shift).normalized.maxPool(window: 2).square()
            .sumOfAll()
        builder.output("loss", loss)
        if returnsTheFirst { builder.output("first", first) }
        let parameters = filters + [scale, shift]
        for (index, gradient) in loss.gradients(withRespectTo: parameters).enumerated() {
            builder.output("gradient \(index)", gradient)
        }
        return try builder.finish()
    }

    private func plan(_ graph: Graph) -> (labels: [String], memory: MemoryPlan) {
        let (launches, planned) = RecomputationPlanner.plan(lower(graph, for: target, fusion: true), of: graph)
        return (launches.map(\.label), MemoryPlan(launches, graph: planned))
    }

    @Test func theFirstLayerIsMadeAgain() throws {
        let graph = try twoLayers(channels: 32)
        let (labels, memory) = plan(graph)
        #expect(
            labels.filter { $0.hasSuffix(" again") } == [
                "convolution again", "batchNormalization + relu again", "convolution again",
            ])
        let kept = MemoryPlan(lower(graph, for: target, fusion: true), graph: graph)
        #expect(memory.totalBytes <= kept.totalBytes - 1_000_000, "one image of a layer less")
    }

    @Test func whatIsSmallIsKept() throws {
        #expect(!plan(try twoLayers(channels: 16)).labels.contains { $0.hasSuffix(" again") })
    }

    @Test func anOutputIsKept() throws {
        let labels = plan(try twoLayers(channels: 32, returnsTheFirst: true)).labels
        #expect(labels.filter { $0.hasSuffix(" again") } == ["batchNormalization + relu again"])
    }
}
