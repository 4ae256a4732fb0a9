// Samples of batch normalization and its gradient: one and two views, means far from zero, channels that do not vary.

import GraphIR
import TensorCore

private let normalizedShapes: [(Shape, views: Int)] = [
    ([5, 1], 1), ([7, 3], 1), ([10, 5], 2), ([16, 16], 2), ([33, 17], 3), ([4, 5, 7, 3], 1), ([4, 5, 7, 3], 2),
    ([2, 6, 6, 33], 2), ([6, 2, 3, 16], 2), ([1, 9, 9, 4], 1), ([257, 4], 1), ([31, 63], 1), ([34, 68], 2),
]

extension OperationSample {
    static let batchNormalizations: [OperationSample] =
        normalizedShapes.map { normalization($0.0, views: $0.views) }
        + [
            normalization([14, 28, 28, 33], views: 2, .medium), normalization([130, 67], views: 2, .medium),
            // A float32 mean of 100 is off by 100 u, and the deviation is 1: fifty times the error.
            normalization([12, 3, 3, 5], views: 2, mean: 100, safety: 800),
            normalization([700, 9], views: 2, .medium, mean: 1000, safety: 800),
            normalization([600, 260], views: 1, .medium),
            OperationSample("batchNormalization", "of one row per view: the shift") { draw in
                ["x": draw.normal([3, 4]), "scale": draw.normal([4]), "shift": draw.normal([4])]
            } build: {
                normalized($0, views: 3)
            },
            OperationSample("batchNormalization", "of channels that do not vary") { draw in
                ["x": Tensor([6, 2], repeating: 3), "scale": draw.normal([2]), "shift": draw.normal([2])]
            } build: {
                normalized($0, views: 2)
            },
            OperationSample("batchNormalization", "with outliers", terms: 35) { draw in
                ["x": draw.outliers([35, 4]), "scale": draw.normal([4]), "shift": draw.normal([4])]
            } build: {
                normalized($0, views: 1)
            },
        ]

    static let batchNormalizationsBackward: [OperationSample] =
        normalizedShapes.map { normalizationBackward($0.0, views: $0.views) }
        + [
            normalizationBackward([14, 28, 28, 33], views: 2, .medium),
            normalizationBackward([130, 67], views: 2, .medium),
            normalizationBackward([600, 260], views: 1, .medium),
        ]

    private static func normalization(
        _ shape: Shape, views: Int, _ extent: Extent = .small, mean: Float = 0.5, safety: Float = 32
    ) -> OperationSample {
        let channels = shape[shape.rank - 1]
        return OperationSample(
            "batchNormalization", "\(shape), views \(views)\(mean > 1 ? ", mean \(mean)" : "")", extent,
            terms: shape.count / channels / views, safety: safety,
            differentiable: extent == .small && mean < 1 ? ["x", "scale", "shift"] : [], gradientOutputs: ["y"]
        ) { draw in
            [
                "x": draw.normal(shape, mean: mean), "scale": draw.uniform([channels], 0.5, 2),
                "shift": draw.normal([channels]),
            ]
        } build: {
            normalized($0, views: views)
        }
    }

    private static func normalized(_ x: SampleValues, views: Int) -> [String: Value] {
        let result = x["x"].batchNormalization(scale: x["scale"], shift: x["shift"], views: views)
        return ["y": result.normalized, "mean": result.mean, "variance": result.variance]
    }

    private static func normalizationBackward(
        _ shape: Shape, views: Int, _ extent: Extent = .small
    ) -> OperationSample {
        let channels = shape[shape.rank - 1]
        let op = Op.BatchNormalization(views: views)
        return OperationSample(
            "batchNormalizationBackward", "\(shape), views \(views)", extent, terms: shape.count / channels, safety: 32
        ) { draw in
            [
                "dy": draw.normal(shape, mean: 0.25), "x": draw.normal(shape, mean: 0.5),
                "scale": draw.uniform([channels], 0.5, 2), "mean": draw.uniform([views, channels], 0.25, 0.75),
                "variance": draw.uniform([views, channels], 0.5, 2),
            ]
        } build: { x in
            let operands = ["dy", "x", "scale", "mean", "variance"].map { x[$0] }
            let outputs = x.builder.add(.batchNormalizationBackward(.init(of: op)), operands)
            return ["dx": outputs[0], "dscale": outputs[1], "dshift": outputs[2]]
        }
    }
}
