// From the configuration's words to the objects that they name.

public import Configuration
import GraphIR
public import Layers
public import Objectives
public import Optimization

extension TrainingConfiguration {
    /// The sizes of the encoder.
    public var encoderSizes: Layers.Encoder.Sizes {
        var sizes = Layers.Encoder.Sizes()
        (sizes.channels, sizes.features, sizes.inputSize) = (encoder.channels, encoder.features, encoder.inputSize)
        return sizes
    }

    /// What is trained.
    public var model: Model {
        let kind: Layers.Head.Kind? =
            switch head.kind {
            case .identity: nil
            case .linear: .linear(outputs: head.outputs)
            case .mlp: .mlp(hidden: head.hidden, outputs: head.outputs)
            }
        return Model(encoderSizes, for: weightedObjective, sharesEncoder: encoder.shared, head: kind)
    }

    /// The objective: the terms whose weight is not 0.
    public var weightedObjective: WeightedObjective {
        let contrastive = ContrastiveObjective(
            objective.contrastive.kind.objective, temperature: Float(objective.contrastive.temperature),
            normalize: objective.contrastive.normalize)
        let terms: [(Double, Objectives.Objective)] = [
            (objective.contrastive.weight, .contrastive(contrastive)),
            (objective.forwardPredictive.weight, .forwardPredictive(objective.forwardPredictive.kind.objective)),
            (objective.inversePredictive.weight, .inversePredictive(objective.inversePredictive.scale.objective)),
        ]
        return WeightedObjective(terms.filter { $0.0 != 0 }.map { (Float($0.0), $0.1) })
    }

    /// The optimizer.
    public var updateRule: Optimization.Optimizer {
        switch optimizer.kind {
        case .adam:
            .adam(
                .init(
                    beta1: Float(optimizer.beta1), beta2: Float(optimizer.beta2), epsilon: Float(optimizer.epsilon),
                    weightDecay: Float(optimizer.weightDecay)))
        case .sgd:
            .momentum(.init(momentum: Float(optimizer.momentum), weightDecay: Float(optimizer.weightDecay)))
        }
    }
}

extension TrainingConfiguration.Objective.Contrastive.Kind {
    fileprivate var objective: ContrastiveObjective.Kind {
        switch self {
        case .infoNCE: .infoNCE
        case .ntXent: .ntXent
        case .jensenShannon: .jensenShannon
        }
    }
}

extension TrainingConfiguration.Objective.ForwardPredictive.Kind {
    fileprivate var objective: ForwardPredictiveObjective {
        switch self {
        case .squaredError: .squaredError
        case .binaryCrossEntropy: .binaryCrossEntropy
        case .reversedBinaryCrossEntropy: .reversedBinaryCrossEntropy
        case .squaredErrorInLogits: .squaredErrorInLogits
        }
    }
}

extension TrainingConfiguration.Objective.InversePredictive.Scale {
    fileprivate var objective: InversePredictiveObjective {
        switch self {
        case .elementMean: .elementMean
        case .squaredNorm: .squaredNorm
        }
    }
}
