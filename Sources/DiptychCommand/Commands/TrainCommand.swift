// `diptych train`: its options and help.

import Configuration

/// `diptych train`.
package struct TrainCommand: CommandInterface {
    /// What to do where the run folder exists.
    package enum Resume: Hashable, Sendable {
        /// Continue from the newest checkpoint of the run folder, or start where there is none.
        case auto
        /// Start anew; a run folder that exists is an error.
        case never
        /// Continue from this checkpoint, or from the newest of this run folder.
        case path(String)
    }

    package var configuration: String?
    package var out: String?
    package var resume = Resume.never
    package var initialWeights: String?
    package var preset: TrainingPreset?
    package var overrides: [String] = []
    package var kernels: [ForcedKernel] = []
    package var trace: String?

    package init() {}

    package static let name = "train"
    package static let summary = "Train a representation; writes a run folder"
    package static let options: [Option<Self>] = [
        .optional("config", "FILE.yaml", \.configuration, .path, "configuration; without it the paper's recipe"),
        .optional("preset", "NAME", \.preset, .choice, "settings for a purpose: demo, some minutes on glyphs"),
        .override("data", "SOURCE", \.overrides, key: "data.source"),
        .override("batch", "N", \.overrides, key: "data.batch"),
        .override("epochs", "N", \.overrides, key: "training.epochs"),
        .override("steps", "N", \.overrides, key: "training.steps"),
        .override("seed", "N", \.overrides, key: "seed"),
        .override("device", "DEVICE", \.overrides, key: "device"),
        .override("precision", "NAME", \.overrides, key: "precision"),
        .override("memory-limit", "SIZE", \.overrides, key: "memoryLimit"),
        .optional("out", "DIR", \.out, .path, "run folder; without it a new one in runs/"),
        .value(
            "resume", "auto|PATH|never", \.resume, .resume,
            "continue the run in --out where it stopped, or from the checkpoint or run folder PATH"),
        .optional("init", "FILE.safetensors", \.initialWeights, .path, "weights to start from"),
        .kernels(\.kernels),
        .trace(\.trace),
    ]
    package static let overrides: OverridePlace<Self>? = .init(place: \.overrides)
    package static let examples = [
        Example("diptych train --epochs 20 --out runs/first", "the embedded drawings, the paper's recipe"),
        Example("diptych train --data omniglot:DIR optimizer.learningRate=0.0005", "Omniglot, another step size"),
        Example("diptych train --out runs/first --resume auto", "continue after an interruption"),
    ]
    package static var discussion: String {
        "Ctrl-C finishes the step, saves, and exits 75; run again with --resume auto.\n\nConfiguration keys:\n"
            + definitions(ConfigurationKey.all.map { ($0.path, "\($0.comment) (default: \($0.defaultText))") })
    }
}

extension ValueRule<TrainCommand.Resume> {
    fileprivate static let resume = Self(allowed: "auto, never or a path") { node throws(ValueRefusal) in
        switch try ValueRule<String>.path.read(node) {
        case "auto": .auto
        case "never": .never
        case let path: .path(path)
        }
    } write: { resume in
        switch resume {
        case .auto: "auto"
        case .never: "never"
        case .path(let path): path
        }
    }
}
