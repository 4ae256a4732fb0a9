// What an encoder is given that it cannot take: an error of the graph, never a trap.

import GraphIR
import Layers
import TensorCore
import Testing

@Suite("Encoder shapes")
struct EncoderShapeTests {
    private static let sizes = {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.features, sizes.inputSize) = (4, 8, 12)
        return sizes
    }()

    @Test(
        "wrong images are the graph's error",
        arguments: [[6, 12, 12, 3], [6, 11, 12, 1], [6, 3, 3, 1], [12, 12], [6, 12, 12], [], [5, 12, 12, 1]] as [Shape])
    func wrongImages(shape: Shape) {
        let builder = GraphBuilder()
        let features = Encoder(Self.sizes)(builder.input("images", shape), .training(views: 2))
        builder.output("y", Reconstructor(Self.sizes)(features, .training(views: 2)))
        let error = #expect(throws: GraphError.self) { try builder.finish() }
        #expect(error?.description.contains("encoder of (float32") == true, "\(String(describing: error))")
        #expect(error?.description.contains("takes [N, 12, 12, 1]") == true)
    }

    @Test("so are wrong features and wrong channels")
    func wrongFeatures() {
        for shape in [[4, 9], [4], [4, 8, 1], [3, 8]] as [Shape] {
            let builder = GraphBuilder()
            builder.output("y", Reconstructor(Self.sizes)(builder.input("features", shape), .training(views: 2)))
            #expect(throws: GraphError.self) { try builder.finish() }
        }
        for shape in [[4, 5], [], [4], [3, 4]] as [Shape] {
            let builder = GraphBuilder()
            let layer = BatchNormalizationLayer("f.1", of: .features(4))
            builder.output("y", layer(builder.input("x", shape), .training(views: 2)))
            #expect(throws: GraphError.self) { try builder.finish() }
        }
    }
}
