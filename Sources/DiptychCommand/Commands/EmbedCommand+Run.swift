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
        let file = try SafetensorsFile.read(RunFolder.weights(at: checkpoint))
        let encoder = Encoder(try Encoder.Sizes(of: file))
        let weights = try Weights(encoder.parameters, from: file, ignoring: Model.Prefix.all)
        let images = try InputImages(input, size: encoder.sizes.inputSize)
        if images.skipped > 0 { console.warning("\(images.skipped) files are no readable images and were skipped") }
        let features = try embed(images.tensor, encoder, weights, on: choice.backend)
        OpenCLBackend.sealKernelCache()
        if output.hasSuffix(".npy") {
            try NumpyFile.write(features, to: output)
        } else {
            var result = SafetensorsFile()
            result.append("features", features)
            try result.write(to: output)
        }
        console.log("\(features.shape[0]) features of \(features.shape[1]) elements: \(output)")
        return .done
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
    let skipped: Int

    init(_ path: String, size: Int) throws {
        guard path.hasSuffix(".safetensors") else {
            let folder = try ImageFolder(path)
            (tensor, skipped) = (folder.views(size: size), folder.skipped.count)
            return
        }
        let stored = try SafetensorsFile.read(path).tensor("images")
        let rest = Array(stored.shape.extents.dropFirst())
        guard stored.shape.rank == 4, rest == [size, size, 1] || rest == [1, size, size], stored.shape[0] > 0 else {
            throw stored.bad(
                "has the shape \(stored.shape), expected [N, \(size), \(size), 1] or [N, 1, \(size), \(size)]")
        }
        let values = try stored.floats()
        guard values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw stored.bad("has values outside [0, 1]") }
        (tensor, skipped) = (Tensor([stored.shape[0], size, size, 1], values), 0)
    }
}
