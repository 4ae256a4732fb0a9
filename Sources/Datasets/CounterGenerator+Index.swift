// Whole numbers and orders from the counter-based generator.

import TensorCore

extension CounterGenerator {
    /// The next whole number below `bound`, each with the same chance to within 2^-32: word times bound over 2^32.
    mutating func nextIndex(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "nextIndex: bound \(bound)")
        return Int((UInt64(nextWord()) * UInt64(bound)) >> 32)
    }

    /// A random order of `0..<count`, by the Fisher-Yates shuffle.
    mutating func nextOrder(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, nextIndex(below: last + 1))
        }
        return order
    }
}
