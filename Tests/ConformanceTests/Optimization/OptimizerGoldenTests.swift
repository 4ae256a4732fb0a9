// Twenty steps of every optimizer on given gradients, against PyTorch in double precision.

import Execution
import GraphIR
import Optimization
import TensorCore
import Testing

@Suite("Optimizers: PyTorch's values")
struct OptimizerGoldenTests {
    /// The runs of the file: PyTorch's settings as the engine's.
    static let runs: [(name: String, optimizer: Optimizer, learningRate: Float)] = [
        ("adam", .adam(.init(weightDecay: 1e-6)), 1e-3),
        ("adam.decayed", .adam(.init(weightDecay: 0.1)), 1e-2),
        ("adam.otherBetas", .adam(.init(beta1: 0.8, beta2: 0.95, epsilon: 1e-4)), 1e-3),
        ("sgd", .momentum(.init(momentum: 0)), 1e-2),
        ("sgd.momentum", .momentum(.init(momentum: 0.9, weightDecay: 1e-4)), 1e-2),
    ]

    @Test("parameters after every step", arguments: runs, BackendUnderTest.all)
    func parameters(
        run: (name: String, optimizer: Optimizer, learningRate: Float), backend: BackendUnderTest
    ) throws {
        let golden = try Golden("optimizers")
        let (start, gradients) = (try golden.tensor("start"), try golden.tensor("gradients"))
        let (steps, count) = (gradients.shape[0], gradients.shape[1])
        let builder = GraphBuilder()
        let parameter = builder.variable("parameter", [count])
        // The gradient of <parameter, g> is g.
        let loss = (parameter * builder.input("gradient", [count])).sumOfAll()
        run.optimizer.minimize(loss, over: [("parameter", parameter)])
        let program = try backend.open().compile(builder.finish())
        try program.write("parameter", start)
        let expected = try golden.doubles("\(run.name).after.float64")
        let single = try golden.doubles("\(run.name).after")
        for step in 0..<steps {
            let gradient = gradients.rows([step]).reshaped(to: [count])
            _ = try program.run(["gradient": gradient, Optimizer.Name.learningRate: Tensor(run.learningRate)])
            let range = step * count..<(step + 1) * count
            let parameters = try program.read("parameter").doubles
            for (index, (computed, wanted)) in zip(parameters, expected[range]).enumerated() {
                // Gradients of 1e3 make steps of SGD in which float32 itself keeps no more.
                let limit = max(1e-6 * max(abs(wanted), 1), 4 * abs(single[range][range.lowerBound + index] - wanted))
                #expect(abs(computed - wanted) <= limit, "step \(step + 1), parameter \(index): \(computed), \(wanted)")
            }
        }
        #expect(try program.read(Optimizer.Name.step).number == Double(steps))
    }
}
