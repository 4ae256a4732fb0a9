// Encoder and reconstructor against PyTorch, with PyTorch's weights.

import Evaluation
import Execution
import GraphIR
import Layers
import TensorCore
import TensorFiles
import Testing

@Suite("Encoder and reconstructor: PyTorch's values")
struct ModelGoldenTests {
    static let modes: [(name: String, mode: Mode)] = [("inference", .inference), ("training", .training(views: 1))]

    @Test("features and reconstructions", arguments: modes, BackendUnderTest.all)
    func outputs(used: (name: String, mode: Mode), backend: BackendUnderTest) throws {
        let golden = try Golden("encoder")
        let model = try GoldenModel()
        let builder = GraphBuilder()
        let images = builder.input("images", model.encoder.imageShape(12))
        let features = builder.input("features", [12, 1024])
        builder.output("features", model.encoder(images, used.mode).l2Normalized())
        builder.output("reconstruction", model.reconstructor(features, used.mode))
        let program = try backend.open().compile(builder.finish())
        try model.weights.load(into: program)
        let given = ["images": try golden.tensor("images"), "features": try golden.tensor("features.inference")]
        let outputs = try program.run(given)
        // PyTorch's own float32 and float64 part by 4e-5 at most, in the logits of reconstructions.
        for (name, limit) in [("features", 2e-6), ("reconstruction", 1e-4)] {
            let (computed, expected) = (try #require(outputs[name]), try golden.tensor("\(name).\(used.name)"))
            #expect(computed.shape == expected.shape)
            let parted = zip(computed.doubles, expected.doubles).map { abs($0 - $1) }.max() ?? .nan
            #expect(parted < limit, "\(name): \(parted)")
        }
        let after = try Weights(
            model.parameters.filter { program.graph.variables[$0.name] != nil }, of: program)
        try used.mode == .inference
            ? expectUnchanged(after, model) : expectStatistics(after, model, golden.tensors(under: "afterTraining"))
    }

    @Test("the embedder gives the same features, whatever its batch", arguments: [1, 5, 12, 100], BackendUnderTest.all)
    func embedder(batch: Int, backend: BackendUnderTest) throws {
        func features(on backend: some Backend) throws -> Tensor {
            let model = try GoldenModel()
            return try Embedder(model.encoder, model.weights, on: backend, batch: batch)(
                Golden("encoder").tensor("images"))
        }
        let expected = try Golden("encoder").tensor("features.inference")
        let parted = zip(try features(on: backend.open()).doubles, expected.doubles).map { abs($0 - $1) }.max() ?? .nan
        #expect(parted < 2e-6, "\(parted)")
    }

    @Test("the embedder refuses images of another size")
    func embedderRefusesOtherSizes() throws {
        func embed(on backend: some Backend) throws {
            let model = try GoldenModel()
            let embedder = try Embedder(model.encoder, model.weights, on: backend, batch: 2)
            _ = try embedder(Tensor([2, 14, 14, 1], repeating: 0))
        }
        let error = #expect(throws: ExecutionError.self) { try embed(on: BackendUnderTest.reference.open()) }
        #expect(error?.description == "input 'images' is float32[2, 14, 14, 1], expected [2, 28, 28, 1]")
    }

    private func expectUnchanged(_ after: Weights, _ model: GoldenModel) {
        for parameter in after.parameters {
            #expect(after[parameter.name] == model.weights[parameter.name], "\(parameter.name)")
        }
    }

    private func expectStatistics(_ after: Weights, _ model: GoldenModel, _ expected: [String: Tensor]) throws {
        let untrained = model.parameters.filter { $0.role != .trainable }
        #expect(Set(untrained.map(\.name)) == Set(expected.keys))
        for parameter in untrained {
            let computed = try #require(after[parameter.name])
            let wanted = try #require(expected[parameter.name])
            if parameter.role == .counter {
                #expect(computed.number == Double(wanted.integers[0]), "\(parameter.name)")
            } else {
                let parted = distance(parameter.fileLayout.toFile(computed).doubles, from: wanted.doubles)
                #expect(parted < 2e-6, "\(parameter.name): \(parted)")
            }
        }
    }
}

/// The encoder and the reconstructor of 8 channels, with the weights of the golden files.
struct GoldenModel {
    let encoder: Encoder
    let reconstructor: Reconstructor
    let weights: Weights

    init() throws {
        var file = try SafetensorsFile.read(Golden.path("weights"))
        let sizes = try Encoder.Sizes(of: file)
        for tensor in try SafetensorsFile.read(Golden.path("weights-reconstructor")).tensors {
            if tensor.element == .int64 {
                file.append(tensor.name, integers: try tensor.integers(), shape: tensor.shape)
            } else {
                file.append(tensor.name, try tensor.tensor())
            }
        }
        (encoder, reconstructor) = (Encoder(sizes), Reconstructor(sizes))
        weights = try Weights(encoder.parameters + reconstructor.parameters, from: file)
    }

    var parameters: [Parameter] { encoder.parameters + reconstructor.parameters }
}
