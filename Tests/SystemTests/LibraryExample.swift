// The example of the README, compiled and run: what stands between the markers is shown there.

// example begins
import Diptych

/// Trains a small encoder on invented characters; returns the loss of each step, and the features of some views.
func trainSmallEncoder(on backend: some Backend) throws -> (losses: [Float], features: Tensor) {
    // A pair is two drawings of one character, each turned, moved and cropped.
    let drawings = Glyphs(seed: 1).drawings(.background, size: .init(alphabets: 2, characters: 32))
    var settings = ViewPairs.Settings(pairsPerBatch: 16)
    settings.size = 16
    let pairs = try ViewPairs(of: drawings, settings)

    // Keep what the views share, and discard what they do not.
    let objective = WeightedObjective([
        (1, .contrastive(.init(.ntXent, temperature: 0.1))),
        (0.5, .inversePredictive(.squaredNorm)),
    ])
    var sizes = Encoder.Sizes()
    (sizes.inputSize, sizes.channels, sizes.features) = (16, 8, 32)
    let model = Model(sizes, for: objective)
    let trainer = try Trainer(
        model, objective, .adam(.init(weightDecay: 1e-6)), learningRate: 3e-3, pairs: 16, seed: 0, on: backend)

    var losses: [Float] = []
    for step in 0..<8 {
        let batch = pairs.batch(step: step)
        losses.append(try trainer.train(view1: batch.view1, view2: batch.view2).total)
    }

    // Features are rows of unit length. `trainer.weights().file()` is what PyTorch reads.
    let embed = try Embedder(model.encoder, try trainer.weights(), on: backend)
    return (losses, try embed(pairs.batch(step: 0).view1))
}

// On the best OpenCL device: try trainSmallEncoder(on: OpenCLBackend("auto", .init(cacheFolder: "/tmp/diptych")))
// Without one:               try trainSmallEncoder(on: ReferenceBackend())
// example ends
