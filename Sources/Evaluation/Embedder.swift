// Images to features, batch after batch.

public import Execution
package import GraphIR
public import Layers
public import TensorCore

/// A trained encoder made runnable: images in, features of unit length out.
public final class Embedder<B: Backend> {
    private let encoder: Encoder
    private let batch: Int
    private let program: B.Program

    /// Makes the encoder with `weights` runnable on `backend`, `batch` images at a time.
    ///
    /// - Throws: `ExecutionError` when the backend fails.
    public init(_ encoder: Encoder, _ weights: Weights, on backend: B, batch: Int = 241) throws(ExecutionError) {
        (self.encoder, self.batch) = (encoder, batch)
        let builder = GraphBuilder()
        let images = builder.input("images", encoder.imageShape(batch))
        builder.output("features", encoder(images, .inference).l2Normalized())
        program = try backend.compile(try builder.finishVerified())
        try load(weights)
    }

    /// Replaces the weights.
    public func load(_ weights: Weights) throws(ExecutionError) {
        try weights.load(into: program)
    }

    /// The features [N, D], rows of unit length, of images [N, H, W, 1] with values in [0, 1], ink = 1.
    ///
    /// - Throws: `ExecutionError.input` for images of another size.
    public func callAsFunction(_ images: Tensor) throws(ExecutionError) -> Tensor {
        let count = images.shape.rank == 4 ? images.shape[0] : 0
        guard images.type == TensorType(.float32, encoder.imageShape(count)) else {
            throw .input(name: "images", reason: "is \(images.type), expected \(encoder.imageShape(count))")
        }
        let pixels = images.shape.count / max(count, 1)
        let elements = images.floats
        var features: [Float] = []
        features.reserveCapacity(count * encoder.sizes.features)
        for start in stride(from: 0, to: count, by: batch) {
            let taken = min(batch, count - start)
            var rows = Array(elements[start * pixels..<(start + taken) * pixels])
            rows += repeatElement(0, count: (batch - taken) * pixels)
            let outputs = try program.run(["images": Tensor(encoder.imageShape(batch), rows)])
            if let output = outputs["features"] {
                features += output.floats.prefix(taken * encoder.sizes.features)
            }
        }
        return Tensor([count, encoder.sizes.features], features)
    }
}

extension GraphBuilder {
    /// The finished graph of a builder whose shapes are right by construction.
    package func finishVerified() throws(ExecutionError) -> Graph {
        do {
            return try finish()
        } catch {
            throw .graph(error)
        }
    }
}
