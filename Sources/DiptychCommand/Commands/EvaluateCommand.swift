// `diptych evaluate` and `diptych embed`: their options and help.

import Configuration
package import TensorCore

/// `diptych evaluate`.
package struct EvaluateCommand: CommandInterface {
    package var checkpoint = ""
    package var data: String?
    package var neighbours: Int?
    package var labelled: Int?
    package var baselines = false
    package var seed: UInt64 = 0
    package var device = "auto"
    package var precision = Precision.float32
    package var json = false

    package init() {}

    package static let name = "evaluate"
    package static let summary = "Judge a checkpoint by nearest neighbours"
    package static let discussion = """
        Features of the labelled images are the memory; every other image gets the class
        of its nearest neighbours by cosine. Exact, over all classes. A run is judged on the
        data that it was trained with: drawn characters on those that training does not see,
        images: and labelled pairs: (the first views) on what it was trained on. The last
        lines, and `data` and `checkpoint` in JSON, tell what was judged on what.
        """
    package static let options: [Option<Self>] = [
        .required("checkpoint", "PATH", \.checkpoint, .path, "weights, a checkpoint folder, or a run folder"),
        .optional(
            "data", "SOURCE", \.data, .dataSource,
            "glyphs, omniglot:DIR, images:DIR, pairs:FILE, or a path; without it that of the run"),
        .optional(
            "neighbours", "N", \.neighbours, .integer(1...1024),
            "neighbours that vote, by exp(cosine / 0.1); without it as in the run, or 1"),
        .optional(
            "labelled", "N", \.labelled, .integer(1...1_048_576),
            "labelled images of each class; without it as in the run, or 5"),
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
        Writes the tensor `features` [N, features], rows of unit length. Of a folder or a zip
        the images of no class (sub-folder) come first, then class by class, sorted by name;
        their names stand in the same order in the metadata `names` of a safetensors file, a
        JSON array, or one a line in FILE.npy.names.txt. Of a safetensors file the rows are
        those of the tensor `images` [N, S, S, 1] or [N, 1, S, S], float32 in [0, 1], ink 1,
        where S is the encoder.inputSize of the run (28).
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
