// Samples of reductions and of operations on rows: ties, outliers, infinities, indices that lie outside.

import GraphIR
import TensorCore

private let reducedShapes: [(Shape, [Int])] = [
    ([], []), ([1], [0]), ([7], []), ([3, 5], [0]), ([3, 5], [1]), ([3, 5], [0, 1]), ([3, 1, 5], [1]),
    ([2, 3, 5, 7], [0, 1, 2]), ([2, 3, 5, 7], [1, 2]), ([2, 3, 5, 7], [3]), ([2, 3, 5, 7], [0, 3]),
    ([2, 3, 5, 7], [1]), ([33, 17], [0]), ([17, 33], [1]), ([2, 65, 31], [1]), ([257, 4], [0]), ([31, 68], [0]),
    ([3, 700], [1]), ([65, 7], [1]),
]

extension OperationSample {
    static let reductions: [OperationSample] =
        reducedShapes.flatMap { shape, axes in
            let terms = axes.reduce(1) { $0 * shape[$1] }
            return Op.Reduce.Kind.allCases.map { kind in
                OperationSample(
                    "reduce", "\(kind.rawValue) of \(shape) over \(axes)", terms: terms, differentiable: ["x"]
                ) { draw in
                    ["x": draw.separated(shape)]
                } build: { x in
                    ["y": x.builder.add(.reduce(.init(kind, over: axes)), [x["x"]])[0]]
                }
            }
        }
        + edgeSizes.map { size in
            OperationSample("reduce", "sum and maximum of \(size)", terms: size) {
                ["x": $0.normal([size], mean: -9)]
            } build: {
                ["sum": $0["x"].sum(), "maximum": $0["x"].maximum()]
            }
        }
        + [
            OperationSample("reduce", "a sum with outliers that cancel", terms: 100) { draw in
                let x = draw.placing(-1e6, at: [70], in: draw.placing(1e6, at: [3], in: draw.normal([100])))
                return ["x": x]
            } build: { x in
                // Beside a row of the outliers' size, whose tolerance it shares.
                ["y": Value.concatenate([x["x"].sum(), x["x"].absolute().sum()])]
            },
            OperationSample("reduce", "a maximum among NaN and infinities") { _ in
                let rows: [Float] = [
                    1, .nan, 3, .nan, .nan, .nan, -.infinity, -.infinity, -.infinity, .infinity, 0, -.infinity,
                ]
                return ["x": Tensor([4, 3], rows)]
            } build: {
                ["y": $0["x"].maximum(over: [1])]
            },
            OperationSample("reduce", "a maximum of ties, with its gradient") { draw in
                ["x": draw.tied([5, 33])]
            } build: { x in
                let largest = x["x"].maximum(over: [1])
                return ["y": largest, "gradient": largest.square().sumOfAll().gradients(withRespectTo: [x["x"]])[0]]
            },
            OperationSample("reduce", "sum of 70001", .medium, terms: 70_001) {
                ["x": $0.normal([70_001])]
            } build: {
                ["y": $0["x"].sum()]
            },
            OperationSample("reduce", "sums of 1031 rows of channels", .medium, terms: 1031) {
                ["x": $0.normal([1031, 130])]
            } build: {
                ["y": $0["x"].sum(over: [0])]
            },
            OperationSample("reduce", "sums of 131 rows of 1031", .medium, terms: 1031) {
                ["x": $0.normal([131, 1031])]
            } build: {
                ["y": $0["x"].sum(over: [1])]
            },
        ]

    static let logSumExps: [OperationSample] =
        [1, 2, 7, 15, 16, 17, 33, 257].map { width in
            OperationSample("logSumExp", "5 rows of \(width)", terms: width, differentiable: ["x"]) {
                ["x": $0.normal([5, width])]
            } build: {
                ["y": $0["x"].logSumExp()]
            }
        }
        + [
            OperationSample("logSumExp", "of one axis", differentiable: ["x"]) {
                ["x": $0.normal([9])]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of four axes", differentiable: ["x"]) {
                ["x": $0.normal([2, 3, 2, 5])]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of large logits", terms: 9) { draw in
                ["x": Tensor([2, 9], draw.normal([2, 9]).floats.enumerated().map { $1 + ($0 < 9 ? 2e4 : -2e4) })]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of a masked diagonal") { draw in
                ["x": draw.placing(-.infinity, at: (0..<7).map { 8 * $0 }, in: draw.normal([7, 7], deviation: 10))]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of rows of -infinity, of NaN, and one with both") { draw in
                let x = draw.normal([4, 17])
                let some = draw.placing(
                    .nan, at: Array(34..<51) + [60], in: draw.placing(-.infinity, at: Array(17..<34) + [51], in: x))
                return ["x": some]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of a row with infinity") { draw in
                ["x": draw.placing(.infinity, at: [4], in: draw.normal([2, 9]))]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "of rows that begin with -infinity, one of them with infinity", terms: 300) {
                draw in
                let x = draw.placing(-.infinity, at: Array(0..<200) + Array(300..<430), in: draw.normal([3, 300]))
                return ["x": draw.placing(.infinity, at: [700], in: x)]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
            OperationSample("logSumExp", "67 rows of 1031", .medium, terms: 1031) {
                ["x": $0.normal([67, 1031], deviation: 5)]
            } build: {
                ["y": $0["x"].logSumExp()]
            },
        ]

    static let gathers: [OperationSample] = [
        OperationSample("gatherRows", "repeated, and outside", differentiable: []) { draw in
            ["table": draw.normal([5, 17]), "indices": Tensor([7], [4, 0, 0, 5, -1, 2, Int32.max] as [Int32])]
        } build: {
            ["y": $0["table"].gatherRows($0["indices"])]
        },
        OperationSample("gatherRows", "33 of 7 rows", differentiable: ["table"]) { draw in
            ["table": draw.normal([7, 5]), "indices": draw.integers([33], below: 7)]
        } build: {
            ["y": $0["table"].gatherRows($0["indices"])]
        },
        OperationSample("gatherRows", "1 of 1", differentiable: ["table"]) { draw in
            ["table": draw.normal([1, 1]), "indices": draw.integers([1], below: 1)]
        } build: {
            ["y": $0["table"].gatherRows($0["indices"])]
        },
    ]

    static let scatters: [OperationSample] = [
        OperationSample("scatterAddRows", "33 onto 7 rows", terms: 12, differentiable: ["updates"]) { draw in
            ["updates": draw.normal([33, 5]), "indices": draw.integers([33], below: 7)]
        } build: {
            ["y": $0["updates"].scatterAddRows($0["indices"], rows: 7)]
        },
        OperationSample("scatterAddRows", "all onto one row of three", terms: 257) { draw in
            ["updates": draw.normal([257, 3]), "indices": Tensor([257], [Int32](repeating: 1, count: 257))]
        } build: {
            ["y": $0["updates"].scatterAddRows($0["indices"], rows: 3)]
        },
        OperationSample("scatterAddRows", "outside") { draw in
            ["updates": draw.normal([4, 17]), "indices": Tensor([4], [-1, 2, 3, Int32.min] as [Int32])]
        } build: {
            ["y": $0["updates"].scatterAddRows($0["indices"], rows: 3)]
        },
    ]

    static let oneHots: [OperationSample] = [
        OperationSample("oneHot", "5 classes, and labels outside") { _ in
            ["labels": Tensor([7], [0, 4, 5, -1, 2, 2, Int32.max] as [Int32])]
        } build: {
            ["y": $0["labels"].oneHot(classes: 5)]
        },
        OperationSample("oneHot", "1 class") { _ in
            ["labels": Tensor([2], [0, 1] as [Int32])]
        } build: {
            ["y": $0["labels"].oneHot(classes: 1)]
        },
        OperationSample("oneHot", "33 labels of 17 classes") {
            ["labels": $0.integers([33], below: 17)]
        } build: {
            ["y": $0["labels"].oneHot(classes: 17)]
        },
    ]

    static let topKs: [OperationSample] =
        ([([1, 1], 1), ([5, 7], 1), ([5, 7], 3), ([5, 7], 7), ([3, 257], 5), ([17, 33], 32)] as [(Shape, Int)]).map {
            shape, k in
            OperationSample("topK", "\(k) of \(shape)") {
                ["x": $0.normal(shape)]
            } build: {
                let (values, indices) = $0["x"].topK(k)
                return ["values": values, "indices": indices]
            }
        }
        + [
            OperationSample("topK", "of ties") {
                ["x": $0.tied([5, 65])]
            } build: {
                let (values, indices) = $0["x"].topK(17)
                return ["values": values, "indices": indices]
            },
            OperationSample("topK", "with NaN and -infinity, which tie") { draw in
                let x = draw.placing(
                    -.infinity, at: [1, 8], in: draw.placing(.nan, at: [0, 6, 9], in: draw.normal([2, 5])))
                return ["x": x]
            } build: {
                let (values, indices) = $0["x"].topK(5)
                return ["values": values, "indices": indices]
            },
            OperationSample("topK", "1 of 131 x 3295, as the evaluation asks", .medium) {
                ["x": $0.normal([131, 3295])]
            } build: {
                let (values, indices) = $0["x"].topK(1)
                return ["values": values, "indices": indices]
            },
        ]
}
