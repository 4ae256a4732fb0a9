// The table of keys: every key of the configuration, in the order in which it is written.

extension ConfigurationKey {
    /// All keys, each section in one piece.
    package static let all: [ConfigurationKey] =
        objective + encoder + head + optimizer + data + training + evaluation + run

    private static let objective: [ConfigurationKey] = [
        .init("objective.contrastive.weight", \.objective.contrastive.weight, weight, "factor of L_CL"),
        .init("objective.contrastive.kind", \.objective.contrastive.kind, .choice, "form of L_CL"),
        .init(
            "objective.contrastive.temperature", \.objective.contrastive.temperature, positive,
            "what scores are divided by; 1 for infoNCE, else 0.1",
            derived: { $0.objective.contrastive.kind == .infoNCE ? 1 : 0.1 }),
        .init(
            "objective.contrastive.normalize", \.objective.contrastive.normalize, .flag,
            "features to unit length first; false for infoNCE, else true",
            derived: { $0.objective.contrastive.kind != .infoNCE }),
        .init("objective.forwardPredictive.weight", \.objective.forwardPredictive.weight, weight, "factor of L_FP"),
        .init("objective.forwardPredictive.kind", \.objective.forwardPredictive.kind, .choice, "form of L_FP"),
        .init("objective.inversePredictive.weight", \.objective.inversePredictive.weight, weight, "factor of L_IP"),
        .init("objective.inversePredictive.scale", \.objective.inversePredictive.scale, .choice, "scale of L_IP"),
    ]

    private static let encoder: [ConfigurationKey] = [
        .init("encoder.name", \.encoder.name, .choice, "architecture"),
        .init("encoder.channels", \.encoder.channels, .integer(1...4096), "channels of each convolution"),
        .init("encoder.features", \.encoder.features, .integer(1...65536), "elements of a feature vector"),
        .init("encoder.inputSize", \.encoder.inputSize, .integer(8...1024), "height and width of an image in pixels"),
        .init("encoder.shared", \.encoder.shared, .flag, "one encoder for both views; else the second has its own"),
    ]

    private static let head: [ConfigurationKey] = [
        .init("head.kind", \.head.kind, .choice, "from features to what L_CL compares"),
        .init("head.hidden", \.head.hidden, .integer(1...65536), "mlp: elements between its maps"),
        .init("head.outputs", \.head.outputs, .integer(1...65536), "linear, mlp: elements of a projection"),
    ]

    private static let optimizer: [ConfigurationKey] = [
        .init("optimizer.kind", \.optimizer.kind, .choice, "update rule"),
        .init("optimizer.learningRate", \.optimizer.learningRate, positive, "step size"),
        .init("optimizer.weightDecay", \.optimizer.weightDecay, weight, "factor of parameters added to gradients"),
        .init("optimizer.beta1", \.optimizer.beta1, fraction, "adam: decay of the mean of gradients"),
        .init("optimizer.beta2", \.optimizer.beta2, fraction, "adam: decay of the mean of their squares"),
        .init("optimizer.epsilon", \.optimizer.epsilon, positive, "adam: added to the root of the mean square"),
        .init("optimizer.momentum", \.optimizer.momentum, fraction, "sgd: momentum"),
    ]

    private static let data: [ConfigurationKey] = [
        .init(
            "data.source", \.data.source, .text("glyphs, omniglot:DIR, images:DIR, pairs:FILE.safetensors, or a path"),
            "data set"),
        .init("data.batch", \.data.batch, .integer(2...1_048_576), "pairs in one step"),
        .init("data.signal", \.data.signal, .choice, "what makes two images a pair"),
        .init("data.augmentation", \.data.augmentation, .choice, "how a drawing is changed into a view"),
        .init(
            "data.placement", \.data.placement, .choice, "where views are made; auto: on a GPU that holds all images"),
    ]

    private static let training: [ConfigurationKey] = [
        .init("training.steps", \.training.steps, .optional(.integer(1...1_000_000_000)), "length in steps, or"),
        .init(
            "training.epochs", \.training.epochs, .optional(.integer(1...1_000_000_000)),
            "length in passes over the items (characters, images or pairs)"),
        .init(
            "training.checkpointEvery", \.training.checkpointEvery, .integer(1...Int.max), "steps between checkpoints"),
        .init("training.keepCheckpoints", \.training.keepCheckpoints, .integer(1...Int.max), "checkpoints kept"),
        .init("training.evaluateEvery", \.training.evaluateEvery, .schedule, "epochs between evaluations"),
    ]

    private static let evaluation: [ConfigurationKey] = [
        .init("evaluation.neighbours", \.evaluation.neighbours, .integer(1...1024), "neighbours that vote"),
        .init("evaluation.labelled", \.evaluation.labelled, .integer(1...1_048_576), "labelled drawings of each class"),
    ]

    private static let run: [ConfigurationKey] = [
        .init("seed", \.seed, .integer(0...UInt64.max), "seed of every random number"),
        .init("device", \.device, .text("auto, gpu, cpu, reference, an index, or a part of a name"), "device"),
        .init("precision", \.precision, .choice, "to what the factors of products are rounded"),
        .init("memoryLimit", \.memoryLimit, .optional(.byteCount), "the most memory that the plan of a step may take"),
    ]

    private static let positive = ValueRule<Double>.number("> 0") { $0 > 0 }
    private static let weight = ValueRule<Double>.number(">= 0") { $0 >= 0 }
    private static let fraction = ValueRule<Double>.number(">= 0 and < 1") { $0 >= 0 && $0 < 1 }
}
