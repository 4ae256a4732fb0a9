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

    /// Makes the encoder with `weights`, which may hold more, runnable on `backend`: `batch` images at a time, or as many of
    /// its halves as it takes to fit into memory.
    ///
    /// - Throws: `ExecutionError.memory` where not even one image fits, `.variable` where `weights` lack a parameter, another
    ///   when the backend fails.
    public convenience init(
        _ encoder: Encoder, _ weights: Weights, on backend: B, batch: Int = 241
    ) throws(ExecutionError) {
        try self.init(encoder, on: backend, batch: batch)
        try load(weights)
    }

    /// Makes the encoder runnable, as above, but with no weights: those are loaded before its first use.
    package init(_ encoder: Encoder, on backend: B, batch: Int = 241) throws(ExecutionError) {
        self.encoder = encoder
        (program, self.batch) = try Self.fitting(encoder, batch, on: backend)
    }

    private static func fitting(
        _ encoder: Encoder, _ batch: Int, on backend: B
    ) throws(ExecutionError) -> (B.Program, batch: Int) {
        let builder = GraphBuilder()
        let images = builder.input("images", encoder.imageShape(batch))
        builder.output("features", encoder(images, .inference).l2Normalized())
        do {
            return (try backend.compile(try builder.finishVerified()), batch)
        } catch .memory(let needed, let available, let place, _) {
            guard batch > 1 else {
                throw .memory(
                    neededBytes: needed, availableBytes: available, place: place,
                    advice: "not even the features of one image fit; " + ExecutionError.withoutBatch)
            }
            return try fitting(encoder, batch / 2, on: backend)
        }
    }

    /// Replaces the weights.
    ///
    /// - Throws: `ExecutionError.variable` where `weights` lack a parameter of the encoder, or have it in another shape.
    public func load(_ weights: Weights) throws(ExecutionError) {
        try weights.load(encoder.parameters, into: program)
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
