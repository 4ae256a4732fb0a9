// The encoder of the paper's Omniglot experiment, and the reconstructor that mirrors it.

public import GraphIR
public import TensorCore

/// The encoder `omniglot-28`: four 3x3 convolutions with batch normalization and ReLU, 2x2 max pooling after all but
/// the first, and a linear map. Source: the code of Tsai et al., ICLR 2021, `Omniglot/model.py`.
public struct Encoder: Layer {
    /// The sizes of an encoder; the defaults are the paper's.
    public struct Sizes: Hashable, Sendable {
        /// Rows and columns of an image; at least 8.
        public var inputSize = 28
        /// Channels of each convolution.
        public var channels = 128
        /// The length of a feature vector.
        public var features = 1024

        /// The most rows and columns of an image.
        public static let largestInput = 1024

        /// Makes the sizes of the paper, to be changed where wanted.
        public init() {}

        /// Rows and columns after no, one, two and three poolings.
        var extents: [Int] { (0..<4).map { inputSize >> $0 } }
    }

    /// The sizes.
    public let sizes: Sizes
    private let convolutions: [ConvolutionLayer]
    private let normalizations: [BatchNormalizationLayer]
    private let linear: LinearLayer

    /// Makes the encoder of `sizes`, its parameters named `f.0.weight` and so on behind `prefix`.
    public init(_ sizes: Sizes = Sizes(), prefix: String = "") {
        precondition(sizes.inputSize >= 8 && sizes.channels > 0 && sizes.features > 0, "Encoder: \(sizes)")
        self.sizes = sizes
        let places = [0, 3, 7, 11]
        convolutions = places.map { place in
            ConvolutionLayer(
                "\(prefix)f.\(place)", from: place == 0 ? 1 : sizes.channels, to: sizes.channels, extent: 3,
                .init(padding: 1))
        }
        normalizations = places.map { .init("\(prefix)f.\($0 + 1)", of: .features(sizes.channels)) }
        linear = LinearLayer(
            "\(prefix)f.16", from: .image(extent: sizes.extents[3], channels: sizes.channels),
            to: .features(sizes.features))
    }

    public var parameters: [Parameter] {
        zip(convolutions, normalizations).flatMap { $0.parameters + $1.parameters } + linear.parameters
    }

    /// The shape of a batch of `count` images.
    public func imageShape(_ count: Int) -> Shape { [count, sizes.inputSize, sizes.inputSize, 1] }

    /// The features [N, D] of images [N, H, W, 1]; not of unit length.
    ///
    /// Other shapes, and in training an N that is no multiple of the views, are an error of the graph.
    public func callAsFunction(_ images: Value, _ mode: Mode) -> Value {
        let count = images.shape.rank == 4 ? images.shape[0] : 0
        guard mode.takes(count), images.type == TensorType(.float32, imageShape(count)) else {
            return images.refused(
                "encoder", "takes [N, \(sizes.inputSize), \(sizes.inputSize), 1], N in \(mode)",
                standIn: [mode.views, sizes.features])
        }
        var value = images
        for (index, (convolution, normalization)) in zip(convolutions, normalizations).enumerated() {
            value = normalization(convolution(value, mode), mode)
            // The maximum of max(x, 0) is max(maximum of x, 0), with the same gradient: pooled first, ReLU has a quarter
            // of the work, and its gradient needs no image of full size.
            if index > 0 { value = value.maxPool(window: 2) }
            value = value.relu()
        }
        let row = value.shape.extents.dropFirst().reduce(1, *)
        return linear(value.reshape([value.shape[0], row]), mode)
    }
}

/// The reconstructor R of forward-predictive learning: from features of unit length back to the logits of an image.
/// Source: the code of Tsai et al., ICLR 2021, `Omniglot/model.py`.
public struct Reconstructor: Layer {
    private let sizes: Encoder.Sizes
    private let linear: LinearLayer
    private let convolutions: [TransposedConvolutionLayer]
    private let normalizations: [BatchNormalizationLayer]

    /// Makes the mirror image of the encoder of `sizes`.
    public init(_ sizes: Encoder.Sizes = Encoder.Sizes()) {
        self.sizes = sizes
        let (extents, channels) = (sizes.extents, sizes.channels)
        let innermost = ImageRow.image(extent: extents[3], channels: channels)
        linear = LinearLayer("recon.f.0", from: .features(sizes.features), to: innermost, hasBias: false)
        let doublings = zip(
            [4, 7, 10], zip([extents[3], extents[2], extents[1]], [extents[2], extents[1], extents[0]]))
        convolutions =
            doublings.map { place, extents in
                // Twice the extent and one more needs no padding: 3 to 7. Twice the extent is padded: 7 to 14.
                let padding = extents.1 == 2 * extents.0 + 1 ? 0 : 1
                return TransposedConvolutionLayer(
                    "recon.f.\(place)", from: channels, to: channels, extent: 3, .init(stride: 2, padding: padding),
                    outputPadding: padding)
            } + [
                TransposedConvolutionLayer(
                    "recon.f.13", from: channels, to: 1, extent: 3, .init(padding: 1), hasBias: true)
            ]
        normalizations =
            [BatchNormalizationLayer("recon.f.1", of: innermost)]
            + [5, 8, 11].map { .init("recon.f.\($0)", of: .features(channels)) }
    }

    public var parameters: [Parameter] {
        linear.parameters + normalizations[0].parameters
            + zip(convolutions, normalizations.dropFirst()).flatMap { $0.parameters + $1.parameters }
            + convolutions[3].parameters
    }

    /// The logits [N, H, W, 1] of images, from features [N, D] of unit length; other shapes are an error of the graph.
    public func callAsFunction(_ features: Value, _ mode: Mode) -> Value {
        let count = features.shape.rank == 2 ? features.shape[0] : 0
        guard mode.takes(count), features.type == TensorType(.float32, [count, sizes.features]) else {
            return features.refused(
                "reconstructor", "takes [N, \(sizes.features)], N in \(mode)",
                standIn: [mode.views, sizes.inputSize, sizes.inputSize, 1])
        }
        var value = normalizations[0](linear(features, mode), mode).relu()
        value = value.reshape([features.shape[0], sizes.extents[3], sizes.extents[3], sizes.channels])
        for (convolution, normalization) in zip(convolutions, normalizations.dropFirst()) {
            value = normalization(convolution(value, mode), mode).relu()
        }
        return convolutions[3](value, mode)
    }
}
