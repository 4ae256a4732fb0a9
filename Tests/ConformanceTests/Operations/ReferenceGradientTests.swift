// Gradients on the reference: every differentiable input of every sample, along one seeded direction.

import Autodiff
import Execution
import GraphIR
import OperationSamples
import ReferenceBackend
import TensorCore
import Testing

@Suite("Gradients against differences, on the reference")
struct ReferenceGradientTests {
    @Test("every operation", arguments: OperationStem.allCases)
    func operation(stem: OperationStem) {
        check(stem.samples)
    }

    @Test("every composition and block")
    func compositions() {
        check(OperationSample.compositions + OperationSample.blocks)
    }

    @Test("weights of a result are the gradient of a loss by it")
    func weightedResult() throws {
        let builder = GraphBuilder()
        let (x, weights) = (builder.input("x", [3, 5]), builder.input("weights", [3, 1]))
        let y = x.square().sum(over: [1])
        builder.output("weighted", y.gradients(withRespectTo: [x], weights: weights)[0])
        builder.output("loss", (y * weights).sumOfAll().gradients(withRespectTo: [x])[0])
        var draw = CounterGenerator(seed: 1, stream: 0)
        let inputs = ["x": [3, 5], "weights": [3, 1] as Shape].mapValues { shape in
            Tensor(shape, (0..<shape.count).map { _ in draw.nextUniform(-1, 1) })
        }
        let results = try ReferenceBackend().compile(try builder.finish()).run(inputs)
        #expect(results["weighted"] == results["loss"])
        #expect(results["weighted"]?.floats.contains { $0 != 0 } == true)
    }

    private func check(_ samples: [OperationSample]) {
        for row in GradientCheck.run(samples, on: ReferenceBackend()) {
            #expect(row.agrees, "\(row)")
        }
    }
}
