// The shapes of the paper's encoder and losses, for timing: made on demand, with fewer images than a step has.

import GraphIR
import TensorCore

extension OperationSample {
    /// The kernels of a training step at the paper's sizes, on `images` images (a step has 964) and `pairs` pairs.
    public static func benchmarks(images: Int = 96, pairs: Int = 482) -> [OperationSample] {
        let layers = [
            ConvolutionSizes([images, 28, 28, 1], (3, 3), to: 128, padding: 1),
            ConvolutionSizes([images, 28, 28, 128], (3, 3), to: 128, padding: 1),
            ConvolutionSizes([images, 14, 14, 128], (3, 3), to: 128, padding: 1),
            ConvolutionSizes([images, 7, 7, 128], (3, 3), to: 128, padding: 1),
        ]
        let products = [
            product((2 * pairs, 1024, 1152), (false, false), .benchmark),
            product((2 * pairs, 2 * pairs, 1024), (false, true), .benchmark),
            product((1152, 1024, 2 * pairs), (true, false), .benchmark),
        ]
        return layers.flatMap { sizes in
            [
                convolution(sizes, .benchmark, biased: true), convolutionBackwardFilter(sizes, .benchmark),
                convolutionBackwardInput(sizes, .benchmark),
            ]
        } + products + passes(over: [images, 28, 28, 128]) + rows(2 * pairs) + updates
    }

    /// Passes over the activations of a layer: each is bound by memory.
    private static func passes(over shape: Shape) -> [OperationSample] {
        let channels: Shape = [shape[3]]
        return [
            OperationSample(
                "batchNormalization", "\(shape), views 2", .benchmark, terms: shape.count / shape[3], safety: 32
            ) { draw in
                ["x": draw.uniform(shape), "scale": draw.uniform(channels, 0.5, 2), "shift": draw.uniform(channels)]
            } build: { x in
                ["y": x["x"].batchNormalization(scale: x["scale"], shift: x["shift"], views: 2).normalized]
            },
            OperationSample("maxPool", "\(shape), window 2", .benchmark) {
                ["x": $0.uniform(shape)]
            } build: {
                ["y": $0["x"].maxPool(window: 2)]
            },
            OperationSample("unary", "relu of \(shape)", .benchmark) {
                ["x": $0.uniform(shape)]
            } build: {
                ["y": $0["x"].relu()]
            },
            OperationSample("binary", "add of \(shape)", .benchmark) { draw in
                ["a": draw.uniform(shape), "b": draw.uniform(shape)]
            } build: {
                ["y": $0["a"] + $0["b"]]
            },
            OperationSample("reduce", "sum of \(shape) over [0, 1, 2]", .benchmark, terms: shape.count / shape[3]) {
                ["x": $0.uniform(shape)]
            } build: {
                ["y": $0["x"].sum(over: [0, 1, 2])]
            },
        ]
    }

    /// The rows of the contrastive loss.
    private static func rows(_ count: Int) -> [OperationSample] {
        [
            OperationSample("logSumExp", "\(count) rows of \(count)", .benchmark, terms: count) {
                ["x": $0.uniform([count, count], -10, 10)]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("topK", "1 of [659, 3295]", .benchmark) {
                ["x": $0.uniform([659, 3295])]
            } build: {
                ["y": $0["x"].topK(1).values]
            },
        ]
    }

    private static let updates = [
        OperationSample("adam", "[1152, 1024] in place", .benchmark, variables: ["parameter", "first", "second"]) {
            draw in
            let shape: Shape = [1152, 1024]
            return [
                "parameter": draw.uniform(shape), "gradient": draw.uniform(shape), "first": draw.uniform(shape),
                "second": draw.uniform(shape, 0.5, 1), "rate": Tensor(1e-3), "step": Tensor(7),
            ]
        } build: { x in
            let operands = ["parameter", "gradient", "first", "second", "rate", "step"].map { x[$0] }
            let outputs = x.builder.add(.adam(.init(weightDecay: 1e-6)), operands)
            for (name, output) in zip(["parameter", "first", "second"], outputs) {
                x.builder.update(x[name], to: output)
            }
            return [:]
        }
    ]
}
