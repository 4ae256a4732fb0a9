// A training small enough for the reference, on random pairs.

import Execution
import Layers
import Objectives
import Optimization
import TensorCore
import Training

/// Four channels, images of 16 x 16, all three objectives.
enum SmallTraining {
    static let objective = WeightedObjective([
        (1, .contrastive(.init(.ntXent))), (0.01, .forwardPredictive(.binaryCrossEntropy)),
        (1, .inversePredictive(.squaredNorm)),
    ])

    static let model: Model = {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.inputSize, sizes.features) = (4, 16, 12)
        return Model(sizes, for: objective)
    }()

    static func trainer<B: Backend>(seed: UInt64, on backend: B) throws -> Trainer<B> {
        try Trainer(
            model, objective, .adam(.init(weightDecay: 1e-4)), learningRate: 1e-2, pairs: 6, seed: seed, on: backend)
    }

    /// Makes steps until `step` of them are made, and returns their losses. The pairs are a function of the step.
    static func train(_ trainer: Trainer<some Backend>, until step: Int) throws -> [StepLosses] {
        try (trainer.step..<step).map { step in
            let shape = model.encoder.imageShape(6)
            return try trainer.train(
                view1: .random(shape, 0, 1, seed: UInt64(2 * step)),
                view2: .random(shape, 0, 1, seed: UInt64(2 * step + 1)))
        }
    }
}
