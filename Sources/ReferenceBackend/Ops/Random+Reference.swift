// The definition of random numbers.

import Glibc
import GraphIR
import TensorCore

extension Op.Random {
    func evaluate(counter: Tensor) -> Tensor {
        let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        let run = UInt32(bitPattern: counter.integers[0])
        return Tensor(
            shape,
            (0..<shape.count).map { index in
                let words = Philox.words(counter: SIMD4(UInt32(truncatingIfNeeded: index), 0, run, stream), key: key)
                let (first, second) = (Double(words.x >> 8) * 0x1p-24, Double(words.y >> 8) * 0x1p-24)
                switch distribution {
                case .uniform: return Float(first)
                case .normal: return Float((-2 * log(1 - first)).squareRoot() * cos(2 * Double.pi * second))
                }
            })
    }
}
