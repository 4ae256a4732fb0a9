// The definitions of reductions over scores and of their gradient: one row of scores at a time.

import Glibc
import GraphIR
import TensorCore

/// The scores of two matrices, which may be one.
private struct Scores {
    let op: Op.ScoreReduction
    let rows: Int
    let columns: Int
    let depth: Int
    let a: ReadOnly<Float>
    let b: ReadOnly<Float>

    /// Whether s_ij is one of them.
    func contains(_ i: Int, _ j: Int) -> Bool { !(op.excludesDiagonal && i == j) }

    /// s_ij.
    func callAsFunction(_ i: Int, _ j: Int) -> Double {
        var sum = 0.0
        for d in 0..<depth { sum += Double(a[i * depth + d]) * Double(b[j * depth + d]) }
        return Double(op.scale) * sum
    }

    /// What the scores of row `i` are reduced to.
    func reduced(_ i: Int) -> Double {
        let row = (0..<columns).map { contains(i, $0) ? self(i, $0) : -.infinity }
        switch op.kind {
        case .logSumExp: return logSumExp(columns) { row[$0] }
        case .softplusSum: return row.reduce(0) { $0 + max($1, 0) + log1p(exp(-abs($1))) }
        }
    }

    /// The derivative of the reduction `y` by one of its scores.
    func slope(_ score: Double, _ y: Double) -> Double {
        switch op.kind {
        case .logSumExp: exp(score - y)
        case .softplusSum: 1 / (1 + exp(-score))
        }
    }
}

extension Op.ScoreReduction {
    /// Calls `body` with the scores of `matrices`, of which the second may be missing.
    fileprivate func reading<Result>(_ matrices: ArraySlice<Tensor>, _ body: (Scores) -> Result) -> Result {
        let (first, last) = (matrices[matrices.startIndex], matrices[matrices.endIndex - 1])
        return first.floats.reading { a in
            last.floats.reading { b in
                body(
                    Scores(op: self, rows: first.shape[0], columns: last.shape[0], depth: first.shape[1], a: a, b: b))
            }
        }
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
        let pairs = reading(inputs[...]) { scores in
            makeRows([scores.rows, 2], width: 2) { row, output in
                let exact = scores.reduced(row)
                output[0] = Float(exact)
                output[1] = kind == .logSumExp && output[0].isFinite ? Float(exact - Double(output[0])) : 0
            }
        }.floats
        return [0, 1].map { column in
            Tensor([pairs.count / 2, 1], stride(from: column, to: pairs.count, by: 2).map { pairs[$0] })
        }
    }
}

extension Op.ScoreReductionBackward {
    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
        let matrices = inputs.dropLast(3)
        let vectors = inputs.suffix(3).map(\.floats)
        let (dy, y) = (vectors[2].map(Double.init), zip(vectors[0], vectors[1]).map { Double($0) + Double($1) })
        return forward.reading(matrices) { scores in
            /// w_ij, the weight of a score.
            @Sendable func weight(_ i: Int, _ j: Int) -> Double {
                scores.contains(i, j) ? dy[i] * scores.slope(scores(i, j), y[i]) : 0
            }
            guard matrices.count == 2 else {
                return [scores.sum(over: scores.rows, scores.a, scores.rows) { weight($0, $1) + weight($1, $0) }]
            }
            return [
                scores.sum(over: scores.columns, scores.b, scores.rows, weight),
                scores.sum(over: scores.rows, scores.a, scores.columns) { weight($1, $0) },
            ]
        }
    }
}

extension Scores {
    /// For each of `rows`, scale times the sum of `terms` rows of `matrix`, each with its weight.
    fileprivate func sum(
        over terms: Int, _ matrix: ReadOnly<Float>, _ rows: Int, _ weight: @Sendable (Int, Int) -> Double
    ) -> Tensor {
        makeRows([rows, depth], width: depth) { row, output in
            var sums = [Double](repeating: 0, count: depth)
            for term in 0..<terms {
                let weight = weight(row, term)
                for d in 0..<depth { sums[d] += weight * Double(matrix[term * depth + d]) }
            }
            for d in 0..<depth { output[d] = Float(Double(op.scale) * sums[d]) }
        }
    }
}
