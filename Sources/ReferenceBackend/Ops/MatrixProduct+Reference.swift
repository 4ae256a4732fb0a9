// The definition of the matrix product.

import GraphIR
import TensorCore

extension Op.MatrixProduct {
    func evaluate(_ left: Tensor, _ right: Tensor, shape: Shape) -> Tensor {
        let sizes = sizes(left.shape, right.shape)
        let (m, n, k) = (sizes.rows, sizes.columns, sizes.depth)
        let (a, b) = (left.floats, right.floats)
        let packed = (0..<sizes.batch).map { batch in
            PackedMatrix(depth: k, columns: n) { term, column in
                b[batch * k * n + (transposeRight ? column * k + term : term * n + column)]
            }
        }
        let block = 16
        let blocks = (m + block - 1) / block
        return a.reading { a in
            makeParts(shape, parts: sizes.batch * blocks) { part, output in
                guard let base = a.base.baseAddress else { return }
                let (batch, first) = (part / blocks, part % blocks * block)
                let rows = min(block, m - first)
                var sums = [Double](repeating: 0, count: rows * n)
                packed[batch].multiply(
                    left: base + batch * m * k + first * (transposeLeft ? 1 : k), rowStride: transposeLeft ? 1 : k,
                    termStride: transposeLeft ? m : 1, rows: rows, into: &sums)
                let target = output + (batch * m + first) * n
                for (index, sum) in sums.enumerated() { target[index] = Float(sum) }
            }
        }
    }
}
