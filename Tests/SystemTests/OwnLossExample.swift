// The README's example of a loss of one's own, compiled and run: what stands between the markers is shown there.

// example begins
import Diptych

/// Trains an encoder with a loss that is written here: the views of a pair are to lie close together, and those of
/// different pairs far apart (alignment and uniformity, Wang & Isola 2020); returns the loss of each step.
func trainWithOwnLoss(_ encoder: Encoder, on pairs: ViewPairs, with backend: some Backend) throws -> [Float] {
    let (builder, count) = (GraphBuilder(), pairs.pairsPerBatch)
    let views = ["x", "s"].map { builder.input($0, encoder.imageShape(count)) }
    let features = encoder(.concatenate(views), .training(views: 2)).l2Normalized()
    let (x, s) = (features.rows(0..<count), features.rows(count..<2 * count))
    let alignment = x.squaredErrorSum(s) / Float(count)
    let uniformity = (x.matrixProduct(s, transposeRight: true) * 4 - 4).exp().meanOfAll().log()
    let loss = alignment + uniformity
    builder.output("loss", loss)

    let trained = encoder.parameters.filter { $0.role == .trainable }
    Optimizer.adam(.init()).minimize(loss, over: trained.map { ($0.name, $0.value(in: builder)) })
    let step = try backend.compile(builder.finish())
    try Weights(encoder.parameters, seed: 0).load(into: step)
    return try (0..<8).flatMap { number in
        let batch = pairs.batch(step: number)
        let inputs = ["x": batch.view1, "s": batch.view2, Optimizer.Name.learningRate: Tensor(3e-3)]
        return try step.run(inputs)["loss"]?.floats ?? []
    }
}
// example ends
