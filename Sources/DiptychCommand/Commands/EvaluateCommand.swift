// `diptych evaluate` and `diptych embed`: their options and help.

import Configuration
package import TensorCore

/// `diptych evaluate`.
package struct EvaluateCommand: CommandInterface {
    package var checkpoint = ""
    package var data = "glyphs"
    package var neighbours = 1
    package var labelled = 5
    package var baselines = false
    package var seed: UInt64 = 0
    package var device = "auto"
    package var precision = Precision.float32
    package var json = false

    package init() {}

    package static let name = "evaluate"
    package static let summary = "Judge a checkpoint by nearest neighbours"
    package static let discussion = """
        Features of the labelled drawings are the memory; every other drawing gets the class
        of its nearest neighbours by cosine. Exact, over all classes of the evaluation set.
        """
    package static let options: [Option<Self>] = [
        .required("checkpoint", "PATH", \.checkpoint, .path, "weights, a checkpoint folder, or a run folder"),
        .value("data", "SOURCE", \.data, .text("glyphs, omniglot:DIR or images:DIR"), "data set"),
        .value("neighbours", "N", \.neighbours, .integer(1...1024), "neighbours that vote"),
        .value("labelled", "N", \.labelled, .integer(1...1_048_576), "labelled drawings of each class"),
        .flag("baselines", \.baselines, "also raw pixels and the untrained encoder"),
        .value("seed", "N", \.seed, .integer(0...UInt64.max), "seed of the untrained encoder"),
        .device(\.device),
        .precision(\.precision),
        .json(\.json),
    ]
    package static let examples = [
        Example("diptych evaluate --checkpoint runs/first --baselines", "a run, beside pixels and no training"),
        Example("diptych evaluate --checkpoint w.safetensors --data omniglot:DIR --json", "for a script"),
    ]
}

/// `diptych embed`.
package struct EmbedCommand: CommandInterface {
    package var checkpoint = ""
    package var input = ""
    package var output = ""
    package var batch = 256
    package var device = "auto"
    package var precision = Precision.float32

    package init() {}

    package static let name = "embed"
    package static let summary = "Turn images into feature vectors"
    package static let discussion = """
        Writes the tensor `features` [N, features], rows of unit length, in the order of the
        input. In a safetensors file the tensor `images` is [N, 28, 28, 1] or [N, 1, 28, 28],
        float32 in [0, 1], ink 1.
        """
    package static let options: [Option<Self>] = [
        .required("checkpoint", "PATH", \.checkpoint, .path, "weights, a checkpoint folder, or a run folder"),
        .required("input", "PATH", \.input, .path, "a folder of images, a zip, or a safetensors file"),
        .required("output", "FILE", \.output, .path, "FILE.safetensors or FILE.npy"),
        .value("batch", "N", \.batch, .integer(1...1_048_576), "images at a time"),
        .device(\.device),
        .precision(\.precision),
    ]
    package static let examples = [
        Example("diptych embed --checkpoint runs/first --input drawings/ --output features.npy", "a folder of images")
    ]
}
