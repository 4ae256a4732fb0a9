// Samples of the compositions: what the graph offers beside its primitives.

import GraphIR
import TensorCore

private let extremeLogits: [Float] = [0, -0.0, 1, -1, 8, -8, 20, -20, 50, -50, 100, -100, 1e4, -1e4]

extension OperationSample {
    /// Every function of `Compositions.swift`.
    public static let compositions: [OperationSample] = activations + distances + layers

    private static let activations: [OperationSample] = [
        OperationSample("sigmoid", "of extreme logits") { _ in
            ["x": Tensor([extremeLogits.count], extremeLogits)]
        } build: {
            ["y": $0["x"].sigmoid()]
        },
        OperationSample("sigmoid", "3 x 17", differentiable: ["x"]) {
            ["x": $0.normal([3, 17], deviation: 2)]
        } build: {
            ["y": $0["x"].sigmoid()]
        },
        OperationSample("softmax", "5 rows of 33", terms: 33, differentiable: ["x"]) {
            ["x": $0.normal([5, 33], deviation: 2)]
        } build: {
            ["y": $0["x"].softmax()]
        },
        OperationSample("softmax", "of large logits", terms: 17, safety: 64) { draw in
            ["x": draw.normal([4, 17], mean: 3000, deviation: 3)]
        } build: {
            ["y": $0["x"].softmax()]
        },
        OperationSample("softmax", "of a masked diagonal", terms: 9, safety: 64) { draw in
            ["x": draw.placing(-.infinity, at: (0..<9).map { 10 * $0 }, in: draw.normal([9, 9], deviation: 5))]
        } build: {
            ["y": $0["x"].softmax()]
        },
        OperationSample("l2Normalized", "7 rows of 17", terms: 17, differentiable: ["x"]) {
            ["x": $0.normal([7, 17])]
        } build: {
            ["y": $0["x"].l2Normalized()]
        },
        OperationSample("l2Normalized", "of outliers and a row of zeros", terms: 13) { draw in
            ["x": draw.placing(0, at: Array(13..<26), in: draw.outliers([4, 13]))]
        } build: {
            ["y": $0["x"].l2Normalized()]
        },
    ]

    private static let distances: [OperationSample] = [
        OperationSample("squaredErrorSum", "of 5 x 33", terms: 165, differentiable: ["a", "b"]) { draw in
            ["a": draw.normal([5, 33]), "b": draw.normal([5, 33])]
        } build: {
            ["y": $0["a"].squaredErrorSum($0["b"])]
        },
        OperationSample("squaredErrorSum", "of equal values is zero") {
            ["a": $0.normal([31])]
        } build: {
            ["y": $0["a"].squaredErrorSum($0["a"])]
        },
        OperationSample("meanSquaredError", "of 5 x 33", terms: 165, differentiable: ["a", "b"]) { draw in
            ["a": draw.normal([5, 33]), "b": draw.normal([5, 33])]
        } build: {
            ["y": $0["a"].meanSquaredError($0["b"])]
        },
        OperationSample("mean", "over two of four axes", terms: 15, differentiable: ["x"]) {
            ["x": $0.normal([2, 3, 5, 7])]
        } build: {
            ["y": $0["x"].mean(over: [1, 2]), "all": $0["x"].meanOfAll()]
        },
        OperationSample("binaryCrossEntropyWithLogits", "of 5 x 33", terms: 165, differentiable: ["x", "targets"]) {
            draw in
            ["x": draw.normal([5, 33], deviation: 3), "targets": draw.uniform([5, 33], 0, 1)]
        } build: {
            ["y": $0["x"].binaryCrossEntropyWithLogits(targets: $0["targets"])]
        },
        OperationSample("binaryCrossEntropyWithLogits", "of extreme logits", terms: 28) { _ in
            let zeros = extremeLogits.map { _ in Float(0) }
            let ones = extremeLogits.map { _ in Float(1) }
            return [
                "x": Tensor([2 * extremeLogits.count], extremeLogits + extremeLogits),
                "targets": Tensor([2 * extremeLogits.count], zeros + ones),
            ]
        } build: {
            ["y": $0["x"].binaryCrossEntropyWithLogits(targets: $0["targets"])]
        },
    ]

    private static let layers: [OperationSample] =
        ([
            ([2, 3, 3, 4], [3, 3, 5, 4], .init(stride: 2), 0),
            ([2, 4, 5, 3], [3, 3, 2, 3], .init(stride: 2, padding: 1), 1),
            ([1, 6, 5, 17], [3, 3, 1, 17], .init(padding: 1), 0),
            ([1, 3, 4, 2], [4, 5, 3, 2], .init(stride: 3, padding: 2), 2),
            ([1, 1, 1, 1], [1, 1, 1, 1], .init(stride: 2), 1),
        ] as [(Shape, Shape, ConvolutionGeometry, Int)]).map { images, filter, geometry, outputPadding in
            OperationSample(
                "transposedConvolution", "\(images) by \(filter), \(geometry), output padding \(outputPadding)",
                terms: filter.count / filter[2], differentiable: ["images", "filter"]
            ) { draw in
                ["images": draw.uniform(images), "filter": draw.uniform(filter)]
            } build: {
                ["y": $0["images"].transposedConvolution($0["filter"], geometry, outputPadding: outputPadding)]
            }
        }
        + [
            OperationSample("normalized", "with running statistics", differentiable: ["x", "scale", "shift"]) { draw in
                [
                    "x": draw.normal([3, 4, 5, 17]), "mean": draw.normal([17]), "variance": draw.uniform([17], 0.5, 2),
                    "scale": draw.uniform([17], 0.5, 2), "shift": draw.normal([17]),
                ]
            } build: {
                [
                    "y": $0["x"].normalized(
                        mean: $0["mean"], variance: $0["variance"], scale: $0["scale"], shift: $0["shift"])
                ]
            },
            OperationSample("linear", "5 x 17 to 33, with bias", terms: 17, differentiable: ["x", "weight", "bias"]) {
                draw in
                ["x": draw.normal([5, 17]), "weight": draw.normal([17, 33]), "bias": draw.normal([33])]
            } build: {
                ["y": $0["x"].linear($0["weight"], bias: $0["bias"])]
            },
        ]
}
