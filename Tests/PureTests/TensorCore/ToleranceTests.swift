// The tolerance formula, for each precision of products.

import TensorCore
import Testing

@Suite("Tolerance")
struct ToleranceTests {
    @Test("a factor rounded to n digits errs by half a unit of its last, and the bound grows with that")
    func precisions() {
        let digits = [(Precision.float32, 24), (.tf32, 11), (.bf16, 8)]
        #expect(digits.map(\.0) == Precision.allCases)
        for (precision, count) in digits {
            #expect(1 + precision.roundoff * 2 == 1 + Float(sign: .plus, exponent: 1 - count, significand: 1))
            let tolerance = Tolerance(terms: 16, safety: 3, precision: precision)
            #expect(tolerance.bound(scale: 2) == 3 * precision.roundoff * 4 * 2)
        }
        #expect(Tolerance(terms: 16).precision == .float32)
    }

    @Test("what agrees in tf32 need not agree in float32")
    func comparison() {
        let (rounded, exact) = (Tensor([1], [Float(1.001)]), Tensor([1], [Float(1)]))
        #expect(rounded.compared(to: exact, within: Tolerance(terms: 1, precision: .tf32)).agrees)
        #expect(!rounded.compared(to: exact, within: Tolerance(terms: 1)).agrees)
    }
}
