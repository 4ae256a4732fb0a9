// Samples of whole blocks: what a lowering fuses, held against the composition that it replaces.

import Autodiff
import GraphIR
import TensorCore

extension OperationSample {
    /// Blocks of the encoder, chains of elementwise operations, a contrastive loss: with their gradients.
    public static let blocks: [OperationSample] =
        [
            encoderBlock([4, 6, 7, 3], to: 5, views: 1, .pooledLast),
            encoderBlock([4, 6, 7, 3], to: 16, views: 2, .notPooled),
            encoderBlock([4, 6, 7, 1], to: 16, views: 2, .notPooled),
            encoderBlock([2, 8, 8, 16], to: 17, views: 2, .pooledLast),
            encoderBlock([2, 7, 6, 3], to: 19, views: 2, .pooledFirst),
            encoderBlock([4, 9, 11, 1], to: 1, views: 1, .pooledFirst),
            encoderBlock([2, 9, 7, 1], to: 68, views: 2, .pooledFirst),
            encoderBlock([6, 14, 14, 32], to: 48, views: 2, .pooledLast, .medium),
            encoderBlock([6, 14, 14, 32], to: 48, views: 2, .pooledFirst, .medium),
            decoderBlock,
        ] + chains + [contrastive(5, 17), contrastive(33, 64, .medium)]

    /// Where a block of the encoder has its max pooling.
    private enum Pooling: String {
        case notPooled = "ReLU"
        case pooledLast = "pool"
        case pooledFirst = "pool, then ReLU"
    }

    /// Convolution, bias, batch normalization, ReLU, max pooling: forward, running statistics, and all gradients.
    private static func encoderBlock(
        _ images: Shape, to channels: Int, views: Int, _ pooling: Pooling, _ extent: Extent = .small
    ) -> OperationSample {
        OperationSample(
            "block", "convolution to \(pooling.rawValue), \(images) to \(channels), views \(views)", extent,
            terms: images.count / images[0] * 3, safety: 128
        ) { draw in
            [
                "images": draw.normal(images), "filter": draw.uniform([3, 3, images[3], channels]),
                "bias": draw.normal([channels]), "scale": draw.uniform([channels], 0.5, 2),
                "shift": draw.normal([channels]),
            ]
        } build: { x in
            let sums = x["images"].convolution(x["filter"], bias: x["bias"], .init(padding: 1))
            let normalized = sums.batchNormalization(scale: x["scale"], shift: x["shift"], views: views)
            let result =
                switch pooling {
                case .notPooled: normalized.normalized.relu()
                case .pooledLast: normalized.normalized.relu().maxPool(window: 2)
                case .pooledFirst: normalized.normalized.maxPool(window: 2).relu()
                }
            let names = ["images", "filter", "scale", "shift"]
            var outputs = ["y": result, "mean": normalized.mean, "variance": normalized.variance]
            let gradients = result.square().meanOfAll().gradients(withRespectTo: names.map { x[$0] })
            for (name, gradient) in zip(names, gradients) { outputs["gradient of \(name)"] = gradient }
            return outputs
        }
    }

    /// Transposed convolution, batch normalization, ReLU, transposed convolution, cross-entropy: with gradients.
    private static let decoderBlock = OperationSample(
        "block", "transposed convolutions to cross-entropy", terms: 256, safety: 128
    ) { draw in
        [
            "images": draw.normal([4, 3, 3, 4]), "filter": draw.uniform([3, 3, 5, 4]),
            "last": draw.uniform([3, 3, 1, 5]),
            "scale": draw.uniform([5], 0.5, 2), "shift": draw.normal([5]), "targets": draw.uniform([4, 7, 7, 1], 0, 1),
        ]
    } build: { x in
        let wide = x["images"].transposedConvolution(x["filter"], .init(stride: 2))
        let active = wide.batchNormalization(scale: x["scale"], shift: x["shift"]).normalized.relu()
        let logits = active.transposedConvolution(x["last"], .init(padding: 1))
        let loss = logits.binaryCrossEntropyWithLogits(targets: x["targets"])
        let names = ["images", "filter", "last", "scale", "shift"]
        var outputs = ["loss": loss, "logits": logits]
        for (name, gradient) in zip(names, loss.gradients(withRespectTo: names.map { x[$0] })) {
            outputs["gradient of \(name)"] = gradient
        }
        return outputs
    }

    private static let chains: [OperationSample] = [
        OperationSample(
            "block", "an elementwise chain with broadcasting", safety: 64, differentiable: ["x", "row", "column"]
        ) { draw in
            ["x": draw.normal([5, 17]), "row": draw.normal([17]), "column": draw.uniform([5, 1], 0.5, 2)]
        } build: { x in
            let inner = (x["x"] + x["row"]) * x["column"]
            let middle = inner.tanh() * 0.5 + inner.sigmoid()
            return ["y": (middle - x["x"]).softplus() / x["column"], "inner": inner]
        },
        OperationSample("block", "a chain of 30 operations", safety: 256) {
            ["x": $0.normal([65])]
        } build: { x in
            var y = x["x"]
            for step in 0..<10 { y = (y * 0.75 + Float(step)).tanh() + x["x"] }
            return ["y": y]
        },
        OperationSample("block", "a diamond whose sides meet again", safety: 64, differentiable: ["x"]) {
            ["x": $0.normal([3, 4])]
        } build: { x in
            let base = x["x"].exp()
            let (left, right) = (base.log() + base, base.reciprocal())
            return ["y": left * right, "left": left]
        },
        OperationSample("block", "a chain through sums and back", terms: 17, safety: 64, differentiable: ["x"]) {
            ["x": $0.normal([5, 17])]
        } build: { x in
            let centred = x["x"] - x["x"].mean(over: [1])
            let scaled = centred / (centred.square().mean(over: [1]) + 1e-5).sqrt()
            return ["y": scaled.relu() + scaled.transpose([1, 0]).reshape([5, 17])]
        },
    ]

    /// NT-Xent of `pairs` of features of length `length`, with its gradient: both directions, itself left out.
    private static func contrastive(_ pairs: Int, _ length: Int, _ extent: Extent = .small) -> OperationSample {
        OperationSample(
            "block", "a contrastive loss, \(pairs) pairs of \(length)", extent, terms: 2 * pairs, safety: 512
        ) { draw in
            ["first": draw.normal([pairs, length]), "second": draw.normal([pairs, length])]
        } build: { x in
            let rows = Value.concatenate([x["first"], x["second"]]).l2Normalized()
            let identity = (0..<4 * pairs * pairs).map { $0 % (2 * pairs + 1) == 0 ? -Float.infinity : 0 }
            let mask = x.builder.constant(Tensor([2 * pairs, 2 * pairs], identity))
            let logits = rows.matrixProduct(rows, transposeRight: true) * 10
            let positives = (rows.rows(0..<pairs) * rows.rows(pairs..<2 * pairs)).sum(over: [1]) * 10
            let loss = (logits + mask).logSumExp().meanOfAll() - positives.meanOfAll()
            let gradients = loss.gradients(withRespectTo: [x["first"], x["second"]])
            return ["loss": loss, "first": gradients[0], "second": gradients[1]]
        }
    }
}
