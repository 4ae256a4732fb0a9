// The mean and the variance that batch normalization computes on a backend.

import Execution
import GraphIR
import TensorCore
import Testing

/// What `batchNormalization` says of its batch: the biased variance, one view.
struct BatchStatistics {
    let mean: [Float]
    let variance: [Float]

    /// Runs the operation on the tensors `input`, `scale` and `shift`.
    init(_ tensors: [String: Tensor], on backend: some Backend) throws {
        let builder = GraphBuilder()
        let names = ["input", "scale", "shift"]
        let values = try names.map { builder.input($0, try #require(tensors[$0]).shape) }
        let result = values[0].batchNormalization(scale: values[1], shift: values[2])
        builder.output("mean", result.mean)
        builder.output("variance", result.variance)
        let program = try backend.compile(try builder.finish())
        let results = try program.run(tensors.filter { names.contains($0.key) })
        mean = try #require(results["mean"]).floats
        variance = try #require(results["variance"]).floats
    }
}
