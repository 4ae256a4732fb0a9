// `diptych embed`: images to features, for use elsewhere.

import Diptych
import FoundationEssentials

extension EmbedCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        guard output.hasSuffix(".safetensors") || output.hasSuffix(".npy") else {
            throw UsageError.invalidValue(
                argument: "--output", reason: "'\(output)' ends in neither .safetensors nor .npy", command: Self.name)
        }
        let choice = try BackendChoice(device, precision: precision, on: console)
        let saved = try SavedWeights(at: checkpoint)
        for source in [input, saved.file.path] where DurableFile.isSame(source, output) {
            throw UsageError.invalidValue(
                argument: "--output", reason: "'\(output)' is what is read, and would be lost; choose another name",
                command: Self.name)
        }
        let encoder = Encoder(try Encoder.Sizes(of: saved.file))
        let weights = try Weights(encoder.parameters, from: saved.file, ignoring: Model.Prefix.all)
        console.log("weights: \(saved.summary)")
        let images = try InputImages(input, size: encoder.sizes.inputSize)
        console.warn(of: images.skipped)
        let features = try embed(images.tensor, encoder, weights, on: choice.backend)
        OpenCLBackend.sealKernelCache()
        try write(features, names: images.names)
        console.log("\(features.shape[0]) features of \(features.shape[1]) elements: \(output)")
        return .done
    }

    /// Writes `features`, and the name of each row where it has one.
    private func write(_ features: Tensor, names: [String]?) throws {
        guard output.hasSuffix(".npy") else {
            var result = SafetensorsFile()
            result.metadata["names"] = names.map { JSONValue.array($0.map(JSONValue.string)).line }
            result.append("features", features)
            try result.write(to: output)
            return
        }
        let list = output + ".names.txt"
        if let names {
            // A name may hold a line break, a row may not.
            let lines = names.map { $0.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) }
            try DurableFile.write(Array(lines.map { $0.joined(separator: " ") + "\n" }.joined().utf8), to: list)
        } else if FileManager.default.fileExists(atPath: list) {
            // The names of other rows.
            try FileManager.default.removeItem(atPath: list)
        }
        try NumpyFile.write(features, to: output)
    }

    private func embed(
        _ images: Tensor, _ encoder: Encoder, _ weights: Weights, on backend: some Backend
    ) throws -> Tensor {
        let embedder = try Embedder(encoder, weights, on: backend, batch: min(batch, images.shape[0]))
        return try embedder(images)
    }
}

/// The images that a person names: a folder, or the tensor `images` of a safetensors file.
private struct InputImages {
    let tensor: Tensor
    /// The names of the images in the folder, row by row; nil for those of a tensor.
    let names: [String]?
    let skipped: [SkippedImage]

    init(_ path: String, size: Int) throws {
        guard path.hasSuffix(".safetensors") else {
            let folder = try ImageFolder(path)
            (tensor, names, skipped) = (folder.views(size: size), folder.images.map(\.name), folder.skipped)
            return
        }
        let stored = try SafetensorsFile.read(path).tensor("images")
        let rest = Array(stored.shape.extents.dropFirst())
        guard stored.shape.rank == 4, rest == [size, size, 1] || rest == [1, size, size], stored.shape[0] > 0 else {
            throw stored.bad(
                "has the shape \(stored.shape), expected [N, \(size), \(size), 1] or [N, 1, \(size), \(size)], "
                    + "the encoder.inputSize=\(size) that the weights were trained with")
        }
        let values = try stored.floats()
        guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw stored.bad("has values outside [0, 1]") }
        (tensor, names, skipped) = (Tensor([stored.shape[0], size, size, 1], values), nil, [])
    }
}
