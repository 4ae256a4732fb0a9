// Samples of the convolution and its two gradients: one list of shapes for the three of them.

import GraphIR
import TensorCore

/// The shape of a convolution.
struct ConvolutionSizes: Sendable, CustomStringConvertible {
    let images: Shape
    let filter: Shape
    let geometry: ConvolutionGeometry

    init(_ images: Shape, _ extent: (Int, Int), to channels: Int, stride: Int = 1, padding: Int = 0) {
        self.images = images
        filter = [extent.0, extent.1, images[3], channels]
        geometry = ConvolutionGeometry(stride: stride, padding: padding)
    }

    var output: Shape {
        [
            images[0], geometry.outputExtent(input: images[1], filter: filter[0]),
            geometry.outputExtent(input: images[2], filter: filter[1]), filter[3],
        ]
    }

    /// What a fast algorithm may cost: Winograd's F(4x4, 3x3) loses two binary digits against a plain sum.
    var safety: Float {
        filter[0] == 3 && filter[1] == 3 && geometry == ConvolutionGeometry(stride: 1, padding: 1) ? 64 : 16
    }

    /// Where algorithms work on tiles: large numbers beside small ones in one tile.
    static let withOutliers = ConvolutionSizes([2, 7, 6, 32], (3, 3), to: 32, padding: 1)

    var description: String { "\(images) by \(filter), \(geometry)" }

    /// Odd extents, channels around 4, 16 and 32, strides that leave rows over, filters larger than the image.
    static let hard = [
        ConvolutionSizes([1, 1, 1, 1], (1, 1), to: 1),
        ConvolutionSizes([2, 5, 7, 3], (3, 3), to: 5, padding: 1),
        ConvolutionSizes([2, 5, 7, 3], (3, 3), to: 5),
        ConvolutionSizes([1, 8, 7, 4], (3, 3), to: 4, stride: 2, padding: 1),
        ConvolutionSizes([2, 8, 8, 2], (3, 3), to: 3, stride: 2, padding: 0),
        ConvolutionSizes([1, 9, 10, 2], (5, 3), to: 5, stride: 3, padding: 2),
        ConvolutionSizes([1, 10, 11, 3], (2, 2), to: 4, stride: 3),
        ConvolutionSizes([1, 7, 7, 16], (3, 3), to: 16, padding: 1),
        ConvolutionSizes([1, 6, 5, 17], (3, 3), to: 15, padding: 1),
        ConvolutionSizes([1, 5, 5, 1], (3, 3), to: 33, padding: 1),
        ConvolutionSizes([1, 4, 6, 31], (3, 3), to: 32, padding: 1),
        ConvolutionSizes([3, 4, 9, 3], (1, 1), to: 7),
        ConvolutionSizes([1, 5, 4, 5], (1, 1), to: 6, stride: 2),
        ConvolutionSizes([1, 2, 2, 3], (5, 5), to: 4, padding: 2),
        ConvolutionSizes([1, 3, 4, 2], (3, 3), to: 3, padding: 3),
        ConvolutionSizes([1, 6, 5, 3], (6, 5), to: 4),
        ConvolutionSizes([2, 1, 13, 4], (1, 4), to: 5, padding: 0),
        ConvolutionSizes([5, 3, 3, 8], (3, 3), to: 8, padding: 1),
        ConvolutionSizes([1, 8, 9, 4], (4, 4), to: 4, stride: 2, padding: 1),
        ConvolutionSizes([3, 7, 7, 5], (3, 3), to: 20, padding: 1),
        ConvolutionSizes([2, 5, 5, 20], (3, 3), to: 24, stride: 2, padding: 1),
    ]

    /// The layers of the encoder with fewer images, and channels that fill no tile.
    static let layers = [
        ConvolutionSizes([3, 28, 28, 1], (3, 3), to: 128, padding: 1),
        ConvolutionSizes([2, 28, 28, 64], (3, 3), to: 128, padding: 1),
        ConvolutionSizes([3, 14, 14, 128], (3, 3), to: 128, padding: 1),
        ConvolutionSizes([13, 7, 7, 128], (3, 3), to: 128, padding: 1),
        ConvolutionSizes([2, 13, 15, 36], (3, 3), to: 52, padding: 1),
        ConvolutionSizes([3, 5, 6, 33], (3, 3), to: 34, padding: 1),
        ConvolutionSizes([2, 14, 14, 48], (3, 3), to: 80, stride: 2, padding: 1),
        ConvolutionSizes([3, 28, 28, 128], (3, 3), to: 1, padding: 1),
        ConvolutionSizes([5, 7, 7, 128], (3, 3), to: 128, stride: 2),
    ]
}

extension OperationSample {
    static let convolutions: [OperationSample] =
        ConvolutionSizes.hard.enumerated().map { index, sizes in convolution(sizes, biased: index % 2 == 1) }
        + ConvolutionSizes.layers.map { convolution($0, .medium, biased: true) }
        + [
            // Without padding: where an algorithm works on tiles, an infinity makes its whole tile NaN.
            OperationSample("convolution", "with outliers and an infinity", terms: 27) { draw in
                let images = draw.placing(.infinity, at: [40], in: draw.outliers([1, 6, 6, 3]))
                return ["images": images, "filter": draw.uniform([3, 3, 3, 4], 0.5, 1)]
            } build: {
                ["y": $0["images"].convolution($0["filter"], .init())]
            },
            convolution(.withOutliers, biased: true, outliers: true),
            // 64 MiB and more, which no cache holds, may be stored in another way.
            convolution(ConvolutionSizes([169, 28, 28, 1], (1, 1), to: 128), .medium, biased: true),
        ]

    static let convolutionsBackwardInput: [OperationSample] =
        ConvolutionSizes.hard.map { convolutionBackwardInput($0) }
        + ConvolutionSizes.layers.map { convolutionBackwardInput($0, .medium) }
        + [convolutionBackwardInput(.withOutliers, outliers: true)]

    static let convolutionsBackwardFilter: [OperationSample] =
        ConvolutionSizes.hard.map { convolutionBackwardFilter($0) }
        + ConvolutionSizes.layers.map { convolutionBackwardFilter($0, .medium) }
        + [convolutionBackwardFilter(.withOutliers, outliers: true)]

    static func convolution(
        _ sizes: ConvolutionSizes, _ extent: Extent = .small, biased: Bool, outliers: Bool = false
    ) -> OperationSample {
        OperationSample(
            "convolution", "\(sizes)\(biased ? ", bias" : "")\(outliers ? ", outliers" : "")", extent,
            terms: sizes.filter.count / sizes.filter[3],
            safety: sizes.safety,
            differentiable: extent == .small && !outliers ? ["images", "filter"] + (biased ? ["bias"] : []) : []
        ) { draw in
            let tensors = [
                "images": draw.plain(sizes.images, outliers: outliers), "filter": draw.uniform(sizes.filter),
            ]
            return biased ? tensors.merging(["bias": draw.normal([sizes.filter[3]])]) { $1 } : tensors
        } build: { x in
            ["y": x["images"].convolution(x["filter"], bias: biased ? x["bias"] : nil, sizes.geometry)]
        }
    }

    static func convolutionBackwardInput(
        _ sizes: ConvolutionSizes, _ extent: Extent = .small, outliers: Bool = false
    ) -> OperationSample {
        OperationSample(
            "convolutionBackwardInput", "\(sizes)\(outliers ? ", outliers" : "")", extent,
            terms: sizes.filter.count / sizes.filter[2],
            safety: sizes.safety,
            differentiable: extent == .small && !outliers ? ["gradient", "filter"] : []
        ) { draw in
            ["gradient": draw.plain(sizes.output, outliers: outliers), "filter": draw.uniform(sizes.filter)]
        } build: { x in
            ["y": x["gradient"].convolutionBackwardInput(x["filter"], sizes.geometry, inputShape: sizes.images)]
        }
    }

    static func convolutionBackwardFilter(
        _ sizes: ConvolutionSizes, _ extent: Extent = .small, outliers: Bool = false
    ) -> OperationSample {
        OperationSample(
            "convolutionBackwardFilter", "\(sizes)\(outliers ? ", outliers" : "")", extent,
            terms: sizes.output.count / sizes.output[3],
            safety: sizes.safety,
            differentiable: extent == .small && !outliers ? ["images", "gradient"] : []
        ) { draw in
            ["images": draw.plain(sizes.images, outliers: outliers), "gradient": draw.uniform(sizes.output)]
        } build: { x in
            ["y": x["images"].convolutionBackwardFilter(x["gradient"], sizes.geometry, filterShape: sizes.filter)]
        }
    }
}

extension SampleDraw {
    /// Uniform numbers, or outliers among normal ones.
    fileprivate mutating func plain(_ shape: Shape, outliers: Bool) -> Tensor {
        outliers ? self.outliers(shape) : uniform(shape)
    }
}
