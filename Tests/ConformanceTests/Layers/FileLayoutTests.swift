// The border between the engine's layout and PyTorch's on disk.

import Layers
import TensorCore
import Testing

@Suite("Layouts on disk")
struct FileLayoutTests {
    static let sizes: [(channels: Int, inputSize: Int)] = [(3, 16), (8, 28)]

    @Test("to disk and back is nothing", arguments: sizes)
    func roundTrip(channels: Int, inputSize: Int) {
        for parameter in parameters(channels, inputSize) {
            let numbered = Tensor(parameter.shape, (0..<parameter.shape.count).map(Float.init))
            let file = parameter.fileLayout.toFile(numbered)
            #expect(file.shape == parameter.fileLayout.fileShape, "\(parameter.name)")
            #expect(Set(file.floats) == Set(numbered.floats), "\(parameter.name)")
            #expect(parameter.fileLayout.toEngine(file, shape: parameter.shape) == numbered, "\(parameter.name)")
        }
    }

    /// A convolution is [R,S,C,K] in the engine and [K,C,R,S] on disk.
    @Test("a convolution's filter")
    func convolution() throws {
        let filter = ConvolutionLayer("c", from: 2, to: 3, extent: 3, .init(padding: 1)).filter
        #expect(filter.fileLayout.fileShape == [3, 2, 3, 3])
        try expect(filter) { place in [place[2], place[3], place[1], place[0]] }
    }

    /// A transposed convolution is [R,S,out,in] in the engine and [in,out,R,S] on disk.
    @Test("a transposed convolution's filter")
    func transposedConvolution() throws {
        let filter = TransposedConvolutionLayer("t", from: 2, to: 3, extent: 3, .init(stride: 2)).filter
        #expect(filter.fileLayout.fileShape == [2, 3, 3, 3])
        try expect(filter) { place in [place[2], place[3], place[1], place[0]] }
    }

    /// A linear map from an image is [(row, column, channel), D] in the engine and [D, (channel, row, column)] on disk.
    @Test("a linear map from an image")
    func linearFromImage() throws {
        let weight = LinearLayer("l", from: .image(extent: 3, channels: 2), to: .features(5)).weight
        #expect(weight.fileLayout.fileShape == [5, 18])
        try expect(weight) { place in [Self.rowOfImage(place[1], extent: 3, channels: 2), place[0]] }
    }

    /// A linear map to an image, and the batch normalization behind it.
    @Test("a linear map to an image")
    func linearToImage() throws {
        let weight = LinearLayer("l", from: .features(5), to: .image(extent: 3, channels: 2), hasBias: false).weight
        #expect(weight.fileLayout.fileShape == [18, 5])
        try expect(weight) { place in [place[1], Self.rowOfImage(place[0], extent: 3, channels: 2)] }
        let scale = BatchNormalizationLayer("n", of: .image(extent: 3, channels: 2)).scale
        try expect(scale) { place in [Self.rowOfImage(place[0], extent: 3, channels: 2)] }
    }

    /// Holds the layout of `parameter` on disk against `engine`, which tells where an element lies in the engine.
    private func expect(_ parameter: Parameter, _ engine: ([Int]) -> [Int]) throws {
        let numbered = Tensor(parameter.shape, (0..<parameter.shape.count).map(Float.init))
        let file = parameter.fileLayout.toFile(numbered)
        for offset in 0..<file.shape.count {
            let place = engine(file.shape.indices(at: offset))
            let expected = zip(place, parameter.shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
            try #require(file.floats[offset] == Float(expected), "\(parameter.name) at \(place)")
        }
    }

    /// Where the element `index` in channel, row, column order lies in row, column, channel order.
    private static func rowOfImage(_ index: Int, extent: Int, channels: Int) -> Int {
        let (channel, pixel) = (index / (extent * extent), index % (extent * extent))
        return pixel * channels + channel
    }

    private func parameters(_ channels: Int, _ inputSize: Int) -> [Parameter] {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.inputSize, sizes.features) = (channels, inputSize, 10)
        return Encoder(sizes).parameters + Reconstructor(sizes).parameters
    }
}
