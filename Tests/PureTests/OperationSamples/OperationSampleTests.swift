// The samples themselves: one graph for every operation, names that differ, numbers that stay.

import GraphIR
import OperationSamples
import ReferenceBackend
import TensorCore
import Testing

@Suite("Operation samples")
struct OperationSampleTests {
    @Test(
        "every operation has samples, small ones too, and its node is in each of their graphs",
        arguments: OperationStem.allCases)
    func everyOperation(stem: OperationStem) throws {
        #expect(stem.samples.contains { $0.extent == .small })
        for sample in stem.samples {
            #expect(sample.operation == stem.rawValue)
            let graph = try sample.graph()
            #expect(graph.nodes.contains { $0.op.stem == stem }, "\(sample)")
        }
    }

    @Test("every graph is one, with something to compare")
    func graphsAreVerified() throws {
        for sample in OperationSample.all {
            let graph = try sample.graph()
            #expect(!graph.outputs.isEmpty || !graph.updates.isEmpty, "\(sample)")
        }
    }

    @Test("names differ, so that seeds do")
    func namesDiffer() {
        let all = OperationSample.all
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(Set(all.map(\.seed)).count == all.count)
    }

    @Test("a sample draws the same numbers each time")
    func drawsAreRepeated() {
        for sample in OperationSample.small.prefix(50) { #expect(sample.tensors() == sample.tensors(), "\(sample)") }
    }

    @Test("a sample that asks for what it does not draw is an error, and so is a slope by it")
    func undrawn() {
        let sample = OperationSample("sum", "of nothing", differentiable: ["z"]) { draw in
            ["x": draw.normal([2])]
        } build: { sample in
            ["y": sample["x"] + sample["y"]]
        }
        #expect(throws: GraphError.shape(operation: "sample", inputs: [], reason: "draws no 'y'")) {
            try sample.graph()
        }
        let row = GradientCheck.run([sample], on: ReferenceBackend()).first
        #expect(row?.failure == .input(name: "z", reason: "is no float32 tensor that the sample draws"))
        #expect(row?.agrees == false)
    }

    @Test("every differentiable operation has a gradient to check")
    func gradientsAreChecked() throws {
        let without: Set<OperationStem> = [
            .input, .variable, .constant, .random, .drawViews, .resample, .oneHot, .topK, .scoreReductionBackward,
            .batchNormalizationBackward, .maxPoolBackward, .adam, .momentum,
        ]
        for stem in OperationStem.allCases {
            let isChecked = stem.samples.contains { !$0.differentiable.isEmpty }
            #expect(isChecked != without.contains(stem), "\(stem)")
        }
    }

    @Test("work is counted as 2 M N K and 2 N P Q K C R S")
    func work() throws {
        let builder = GraphBuilder()
        let images = builder.input("images", [2, 5, 5, 3])
        let filter = builder.input("filter", [3, 3, 3, 7])
        builder.output("y", images.convolution(filter, .init(padding: 1)))
        let convolution = try builder.finish().work
        #expect(convolution.operations == 2 * 2 * 5 * 5 * 7 * 3 * 3 * 3)
        #expect(convolution.bytes == 4 * (2 * 5 * 5 * 3 + 3 * 3 * 3 * 7 + 2 * 5 * 5 * 7))

        let other = GraphBuilder()
        let (a, b) = (other.input("a", [4, 5, 3]), other.input("b", [4, 5, 7]))
        other.output("y", a.matrixProduct(b, transposeLeft: true))
        #expect(try other.finish().work.operations == 2 * 4 * 3 * 7 * 5)

        let scores = GraphBuilder()
        let (x, s) = (scores.input("x", [4, 5]), scores.input("s", [7, 5]))
        let sum = x.scoreReduction(.logSumExp, with: s, scale: 1).reshape([4])
        scores.output("y", sum)
        #expect(try scores.finish().work.operations == 2 * 4 * 7 * 5)
    }

    @Test("what a benchmark must move is not less than its inputs and outputs, and more where x is read twice")
    func bytesOfBenchmarks() throws {
        for sample in OperationSample.benchmarks(images: 4, pairs: 4, side: 8) {
            let graph = try sample.graph()
            #expect(sample.work(of: graph).bytes >= graph.work.bytes, "\(sample)")
            guard sample.operation == "block" else { continue }
            let (full, pooled) = (4 * 28 * 28 * 128, 4 * 14 * 14 * 128)
            let forward = 4 * (2 * full + pooled) + pooled
            let backward = 4 * (2 * full + 2 * pooled + full) + 2 * pooled
            let isBackward = graph.outputs.count > 1
            #expect(sample.work(of: graph).bytes == forward + (isBackward ? backward : 0), "\(sample)")
        }
    }
}
