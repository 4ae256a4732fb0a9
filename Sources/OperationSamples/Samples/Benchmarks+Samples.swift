// The shapes of the paper's encoder and losses, for timing: made on demand.

import Autodiff
import GraphIR
import TensorCore

extension OperationSample {
    /// The kernels of a training step at the paper's sizes: of the encoder over the `images` of both views together, as
    /// a step has them and `diptych tune` measures them, and of the losses for `pairs` pairs; the views of a step; NT-Xent
    /// of many `vectors`, and square matrix products up to `side`.
    public static func benchmarks(
        images: Int = 964, pairs: Int = 482, vectors: Int = 16_384, side: Int = 4096
    ) -> [OperationSample] {
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
            product((1024, 1024, 1024), (false, false), .benchmark),
            product((2048, 2048, 2048), (false, false), .benchmark),
            product((side, side, side), (false, false), .benchmark),
        ]
        return layers.flatMap { sizes in
            [
                convolution(sizes, .benchmark, biased: true), convolutionBackwardFilter(sizes, .benchmark),
                convolutionBackwardInput(sizes, .benchmark),
            ]
        } + products + passes(over: [images, 28, 28, 128])
            + [pooledNormalization([images, 28, 28, 128], backward: false)]
            + [pooledNormalization([images, 28, 28, 128], backward: true)] + rows(2 * pairs)
            + ntXent(2 * pairs, 1024) + ntXent(vectors, 128) + updates
            + stepViews(2 * pairs)
    }

    /// Passes over the activations of a layer: each is bound by memory.
    private static func passes(over shape: Shape) -> [OperationSample] {
        let channels: Shape = [shape[3]]
        return [
            OperationSample(
                "batchNormalization", "\(shape), views 2", .benchmark, terms: shape.count / shape[3], safety: 32,
                // The statistics of all of x come before the first element: x is read twice.
                bytes: 12 * shape.count
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

    /// What follows a convolution of the encoder: batch normalization, max pooling, ReLU; forward alone, or with the
    /// gradients by x, scale and shift.
    ///
    /// The bytes are those that no order of the work avoids where an image of full size lies in no cache, for n elements
    /// before and p after pooling. Forward: x read for its statistics and again to be normalized, the maxima and their
    /// places (a byte each) written, 8 n + 5 p. Backward: x, dy and the places read for the sums and again, since dx needs
    /// the sums, and dx written, 12 n + 10 p.
    private static func pooledNormalization(_ shape: Shape, backward: Bool) -> OperationSample {
        let pooled: Shape = [shape[0], shape[1] / 2, shape[2] / 2, shape[3]]
        let bytes = (forward: 8 * shape.count + 5 * pooled.count, backward: 12 * shape.count + 10 * pooled.count)
        return OperationSample(
            "block", "normalize, pool, ReLU\(backward ? ", and back" : ""), \(shape), views 2", .benchmark,
            terms: shape.count / shape[3], safety: 128, bytes: bytes.forward + (backward ? bytes.backward : 0)
        ) { draw in
            let channels: Shape = [shape[3]]
            let tensors = [
                "x": draw.uniform(shape), "scale": draw.uniform(channels, 0.5, 2), "shift": draw.uniform(channels),
            ]
            return backward ? tensors.merging(["dy": draw.uniform(pooled)]) { $1 } : tensors
        } build: { x in
            let (scale, shift) = (x["scale"], x["shift"])
            let normalized = x["x"].batchNormalization(scale: scale, shift: shift, views: 2).normalized
            let y = normalized.maxPool(window: 2).relu()
            guard backward else { return ["y": y] }
            let gradients = y.gradients(withRespectTo: [x["x"], scale, shift], weights: x["dy"])
            return ["y": y, "dx": gradients[0], "dscale": gradients[1], "dshift": gradients[2]]
        }
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

    /// The log-sum-exp of NT-Xent over `rows` vectors about as long as one, forward, and with its gradient.
    private static func ntXent(_ rows: Int, _ depth: Int) -> [OperationSample] {
        let length = (3 / Float(depth)).squareRoot()
        func sample(
            _ operation: String, _ detail: String, build: @escaping @Sendable (Value) -> Value
        ) -> OperationSample {
            OperationSample(
                operation, "\(detail) of [\(rows), \(depth)] with itself", .benchmark, terms: rows + depth, safety: 64
            ) {
                ["z": $0.uniform([rows, depth], -length, length)]
            } build: { x in
                let z = x["z"]
                return ["y": build(z.scoreReduction(.logSumExp, with: z, scale: 10, excludesDiagonal: true))]
            }
        }
        return [
            sample("scoreReduction", "logSumExp") { $0 },
            sample("scoreReductionBackward", "logSumExp and its gradient") { y in
                y.meanOfAll().gradients(withRespectTo: [y.builder.node(of: y).inputs[0]])[0]
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
