// Samples of reductions over scores, forward and with their gradient: of a matrix with itself and with another, sizes
// around tiles, blocks and parts, large logits, ties, nothing to sum, infinities.

import Autodiff
import GraphIR
import TensorCore

/// A reduction over the scores of one matrix, or of two.
struct ScoreCase {
    let kind: Op.ScoreReduction.Kind
    let rows: Int
    /// The rows of the other matrix; nil for a matrix with itself.
    var columns: Int?
    let depth: Int
    var scale: Float = 0.5
    var excludesDiagonal = false
    var extent = OperationSample.Extent.small

    /// One reduction of each kind for each size.
    static func each(
        _ sizes: [(rows: Int, columns: Int?, depth: Int)], excludesDiagonal: Bool = false,
        _ extent: OperationSample.Extent = .small
    ) -> [ScoreCase] {
        sizes.flatMap { size in
            Op.ScoreReduction.Kind.allCases.map { kind in
                ScoreCase(
                    kind: kind, rows: size.rows, columns: size.columns, depth: size.depth,
                    excludesDiagonal: excludesDiagonal, extent: extent)
            }
        }
    }

    var detail: String {
        let other = columns.map { "[\($0), \(depth)]" } ?? "itself"
        return "\(kind.rawValue) of [\(rows), \(depth)] with \(other)" + (scale == 0.5 ? "" : ", scale \(scale)")
            + (excludesDiagonal ? ", without the diagonal" : "")
    }

    /// The matrices, and a gradient of the result.
    func draw(_ draw: inout SampleDraw) -> [String: Tensor] {
        var tensors = ["a": draw.uniform([rows, depth])]
        if let columns { tensors["b"] = draw.uniform([columns, depth]) }
        tensors["dy"] = draw.uniform([rows, 1])
        return tensors
    }

    var matrices: [String] { columns == nil ? ["a"] : ["a", "b"] }

    /// The result for the drawn matrices.
    func result(_ values: SampleValues) -> Value {
        values["a"].scoreReduction(
            kind, with: values[matrices[matrices.count - 1]], scale: scale, excludesDiagonal: excludesDiagonal)
    }

    /// The gradients of the matrices, for the drawn gradient of the result.
    func gradients(_ values: SampleValues) -> [String: Value] {
        let sum = (result(values) * values["dy"]).sumOfAll()
        let gradients = sum.gradients(withRespectTo: matrices.map { values[$0] })
        return Dictionary(uniqueKeysWithValues: zip(matrices.map { "d\($0)" }, gradients))
    }

    /// A sample of the result, whose gradient is checked if it is `differentiable`.
    func forward(differentiable: Bool) -> OperationSample {
        OperationSample(
            "scoreReduction", detail, extent, terms: depth + (columns ?? rows),
            differentiable: differentiable ? matrices : []
        ) { draw in
            self.draw(&draw).filter { $0.key != "dy" }
        } build: {
            ["y": result($0)]
        }
    }

    /// A sample of the gradients.
    func backward(safety: Float = 64) -> OperationSample {
        OperationSample(
            "scoreReductionBackward", detail, extent, terms: depth + (columns ?? rows), safety: safety, inputs: draw,
            build: gradients)
    }
}

extension ScoreCase {
    /// Sizes around the tiles; then around parts and blocks; then several blocks to a part.
    static let usual: [ScoreCase] =
        each([(1, nil, 5), (2, nil, 1), (7, nil, 3), (9, nil, 17)])
        + each([(2, nil, 1), (8, nil, 8), (15, nil, 16), (17, nil, 33)], excludesDiagonal: true)
        + each([(1, 1, 1), (1, 17, 5), (17, 1, 3), (5, 7, 33), (16, 16, 16)])
        + each([(7, 7, 9)], excludesDiagonal: true)
        + each([(97, nil, 33), (193, nil, 130), (101, nil, 128)], .medium)
        + each([(96, nil, 31), (191, nil, 64), (400, nil, 7), (800, nil, 12)], excludesDiagonal: true, .medium)
        + each([(193, 97, 33), (97, 300, 20), (1, 700, 9), (61, 45, 128)], .medium)
        + each([(385, 385, 5)], excludesDiagonal: true, .medium)
        + [
            ScoreCase(kind: .logSumExp, rows: 33, depth: 1030, extent: .medium),
            ScoreCase(kind: .logSumExp, rows: 1601, depth: 5, excludesDiagonal: true, extent: .medium),
            ScoreCase(kind: .logSumExp, rows: 49, columns: 1700, depth: 6, extent: .medium),
            ScoreCase(kind: .softplusSum, rows: 1601, depth: 5, extent: .medium),
        ]

    /// Logits in the thousands, and of 10^4 with oneself: float32 knows each to that many times its precision, and a weight
    /// as badly.
    static let large: [ScoreCase] = [
        ScoreCase(kind: .logSumExp, rows: 9, depth: 17, scale: 1000, excludesDiagonal: true),
        ScoreCase(kind: .logSumExp, rows: 9, columns: 33, depth: 17, scale: 1000),
        ScoreCase(kind: .softplusSum, rows: 9, depth: 17, scale: 1000, excludesDiagonal: true),
        ScoreCase(kind: .logSumExp, rows: 130, depth: 128, scale: 300, extent: .medium),
    ]
}

extension OperationSample {
    static let scoreReductions: [OperationSample] =
        ScoreCase.usual.map { $0.forward(differentiable: $0.extent == .small) }
        + ScoreCase.large.map { $0.forward(differentiable: false) }
        // So many columns that even small work-groups have several tiles in a row.
        + [ScoreCase(kind: .logSumExp, rows: 3, columns: 1100, depth: 17).forward(differentiable: false)]
        + [
            hardScores("all equal") { _ in
                ["a": Tensor([33, 7], repeating: 0.75)]
            } build: { x in
                x["a"]
            },
            hardScores("ties") { draw in
                ["a": draw.tied([17, 5])]
            } build: { x in
                x["a"]
            },
            hardScores("nothing to sum, one row without the diagonal") { draw in
                ["a": draw.normal([1, 5])]
            } build: { x in
                x["a"]
            },
            hardScores("rows of very different length") { draw in
                let rows = draw.normal([12, 5]).floats.enumerated().map { $1 * [1e-3, 1, 30][$0 / 5 % 3] }
                return ["a": Tensor([12, 5], rows)]
            } build: { x in
                x["a"]
            },
            OperationSample("scoreReduction", "NaN stays in its row", terms: 20) { draw in
                ["a": draw.placing(.nan, at: [5 * 3 + 2], in: draw.normal([7, 5])), "b": draw.normal([19, 5])]
            } build: {
                ["y": $0["a"].scoreReduction(.logSumExp, with: $0["b"], scale: 1)]
            },
            OperationSample("scoreReduction", "infinite scores, of either sign, and NaN among them", terms: 20) {
                draw in
                let a = draw.placing(-1, at: Array(5..<10), in: draw.uniform([7, 5], 1, 2))
                return [
                    "a": draw.placing(.nan, at: [12], in: a),
                    "b": draw.placing(.infinity, at: [21], in: draw.uniform([19, 5], 1, 2)),
                ]
            } build: {
                [
                    "y": $0["a"].scoreReduction(.logSumExp, with: $0["b"], scale: 1),
                    "negative": $0["a"].scoreReduction(.logSumExp, with: $0["b"], scale: -1),
                    "softplus": $0["a"].scoreReduction(.softplusSum, with: $0["b"], scale: 1),
                ]
            },
        ]

    static let scoreReductionsBackward: [OperationSample] =
        ScoreCase.usual.map { $0.backward() }
        + ScoreCase.large.map { $0.backward(safety: 32_768) }
        + [
            OperationSample("scoreReductionBackward", "one row without the diagonal has none") { draw in
                ["a": draw.normal([1, 5])]
            } build: { x in
                let y = x["a"].scoreReduction(.softplusSum, with: x["a"], scale: 1, excludesDiagonal: true)
                return ["da": y.sumOfAll().gradients(withRespectTo: [x["a"]])[0]]
            },
            OperationSample("scoreReductionBackward", "all equal", terms: 33) { draw in
                ["a": Tensor([33, 7], repeating: 0.75), "dy": draw.uniform([33, 1])]
            } build: { x in
                let y = x["a"].scoreReduction(.logSumExp, with: x["a"], scale: 1, excludesDiagonal: true)
                return ["da": (y * x["dy"]).sumOfAll().gradients(withRespectTo: [x["a"]])[0]]
            },
            OperationSample("scoreReductionBackward", "scores of 2^14, half apart", terms: 2, safety: 64) { _ in
                [
                    "a": Tensor([1, 2], [128, 1] as [Float]),
                    "b": Tensor([3, 2], [128, 0.5, 128, 0, 128, -0.5] as [Float]),
                ]
            } build: { x in
                // The weights have all their digits, though y is known to within 10^-3 only.
                let y = x["a"].scoreReduction(.logSumExp, with: x["b"], scale: 1)
                return ["db": y.sumOfAll().gradients(withRespectTo: [x["b"]])[0]]
            },
        ]

    /// Both reductions over the scores of a matrix with itself, without the diagonal.
    private static func hardScores(
        _ detail: String, inputs: @escaping @Sendable (inout SampleDraw) -> [String: Tensor],
        build: @escaping @Sendable (SampleValues) -> Value
    ) -> OperationSample {
        OperationSample("scoreReduction", detail, terms: 20, inputs: inputs) { values in
            let x = build(values)
            let results = Op.ScoreReduction.Kind.allCases.map { kind in
                (kind.rawValue, x.scoreReduction(kind, with: x, scale: 1, excludesDiagonal: true))
            }
            return Dictionary(uniqueKeysWithValues: results)
        }
    }
}
