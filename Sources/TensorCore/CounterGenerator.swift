// Counter-based random numbers: Philox4x32-10, a pure function of key and counter.

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words as a pure
/// function of a key and a counter, the same on every machine and in `Kernels/random.cl`.
public enum Philox {
    /// The four words of `counter` under `key`.
    public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (counter, key) = (counter, key)
        for round in 0..<10 {
            if round > 0 { key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = UInt64(counter.x) * 0xD251_1F53
            let second = UInt64(counter.z) * 0xCD9E_8D57
            counter = SIMD4(
                UInt32(second >> 32) ^ counter.y ^ key.x, UInt32(truncatingIfNeeded: second),
                UInt32(first >> 32) ^ counter.w ^ key.y, UInt32(truncatingIfNeeded: first))
        }
        return counter
    }
}

/// A sequence of random numbers named by a seed and a stream: the same name gives the same numbers, whatever else was
/// drawn, on whichever thread.
public struct CounterGenerator: RandomNumberGenerator, Sendable {
    private let key: SIMD2<UInt32>
    private let stream: UInt64
    private var block: UInt64 = 0
    private var words = SIMD4<UInt32>()
    private var unused = 0

    /// Makes the generator of `stream` (what the numbers are for: a step, an item, a layer) under `seed`.
    public init(seed: UInt64, stream: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.stream = stream
    }

    /// The next 32 random bits.
    public mutating func nextWord() -> UInt32 {
        if unused == 0 {
            let counter = SIMD4(
                UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
                UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
            words = Philox.words(counter: counter, key: key)
            block += 1
            unused = 4
        }
        unused -= 1
        return words[3 - unused]
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let low = nextWord()
        return UInt64(nextWord()) << 32 | UInt64(low)
    }

    /// The next number of the uniform distribution on [0, 1): 24 random bits over 2^24, exact in float32.
    public mutating func nextUniform() -> Float {
        Float(nextWord() >> 8) * 0x1p-24
    }

    /// The next number of the uniform distribution on [`low`, `high`).
    public mutating func nextUniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * nextUniform()
    }

    /// The next whole number below `bound`, each with the same chance to within 2^-32.
    public mutating func nextInteger(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "CounterGenerator: bound \(bound)")
        return Int((UInt64(nextWord()) * UInt64(bound)) >> 32)
    }

    /// A random order of `0..<count`, by the Fisher-Yates shuffle.
    public mutating func nextPermutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, nextInteger(below: last + 1))
        }
        return order
    }
}
