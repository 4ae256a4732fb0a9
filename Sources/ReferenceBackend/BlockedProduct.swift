// The reference's one matrix product: Double sums in tiles of 4 by 4, shared by product and convolutions.

/// A right operand [depth, columns], packed as `Double` in panels of 4 columns: [columns / 4][depth][4].
struct PackedMatrix: @unchecked Sendable {
    // Sendable because it is written once, in `init`, and only read afterwards.
    let depth: Int
    let columns: Int
    private let panels: [SIMD4<Double>]

    /// Packs the matrix whose element (k, n) is `element(k, n)`.
    init(depth: Int, columns: Int, _ element: (Int, Int) -> Float) {
        (self.depth, self.columns) = (depth, columns)
        var panels: [SIMD4<Double>] = []
        panels.reserveCapacity((columns + 3) / 4 * depth)
        for first in stride(from: 0, to: columns, by: 4) {
            for k in 0..<depth {
                var row = SIMD4<Double>()
                for n in first..<min(first + 4, columns) { row[n - first] = Double(element(k, n)) }
                panels.append(row)
            }
        }
        self.panels = panels
    }

    /// sums[m, n] += sum over k of left[m, k] right[k, n], for `rows` rows; `left` holds row m, term k at
    /// m * rowStride + k * termStride.
    func multiply(
        left: UnsafePointer<Float>, rowStride: Int, termStride: Int, rows: Int, into sums: UnsafeMutablePointer<Double>
    ) {
        panels.withUnsafeBufferPointer { panels in
            for panel in 0..<(columns + 3) / 4 {
                let right = panels.baseAddress.unsafelyUnwrapped + panel * depth
                var row = 0
                while row < rows {
                    tile(
                        left + row * rowStride, rowStride, termStride, min(4, rows - row), right,
                        sums + row * columns + panel * 4, min(4, columns - panel * 4))
                    row += 4
                }
            }
        }
    }

    @inline(__always)
    private func tile(
        _ left: UnsafePointer<Float>, _ rowStride: Int, _ termStride: Int, _ rows: Int,
        _ right: UnsafePointer<SIMD4<Double>>, _ sums: UnsafeMutablePointer<Double>, _ width: Int
    ) {
        // Rows that are missing repeat the last, and are not stored.
        let (row1, row2, row3) = (
            min(1, rows - 1) * rowStride, min(2, rows - 1) * rowStride, min(3, rows - 1) * rowStride
        )
        var (sum0, sum1, sum2, sum3) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
        var term = left
        for k in 0..<depth {
            let b = right[k]
            sum0 += b * Double(term[0])
            sum1 += b * Double(term[row1])
            sum2 += b * Double(term[row2])
            sum3 += b * Double(term[row3])
            term += termStride
        }
        for n in 0..<width {
            sums[n] += sum0[n]
            if rows > 1 { sums[columns + n] += sum1[n] }
            if rows > 2 { sums[2 * columns + n] += sum2[n] }
            if rows > 3 { sums[3 * columns + n] += sum3[n] }
        }
    }
}
