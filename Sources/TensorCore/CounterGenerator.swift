// Counter-based random numbers: Philox4x32-10, a pure function of key and counter.

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words as a pure
/// function of a key and a counter, the same on every machine and in `Kernels/random.cl`.
public enum Philox {
    /// The four words of `counter` under `key`.
    @inline(__always)  // A call for each block would cost as much as its arithmetic.
    public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        // Words by themselves: as lanes of a vector they would go back and forth for each product.
        var (x, y, z, w) = (counter.x, counter.y, counter.z, counter.w)
        var (low, high) = (key.x, key.y)
        for _ in 0..<10 {
            let first = UInt64(x) * 0xD251_1F53
            let second = UInt64(z) * 0xCD9E_8D57
            (x, y) = (UInt32(second >> 32) ^ y ^ low, UInt32(truncatingIfNeeded: second))
            (z, w) = (UInt32(first >> 32) ^ w ^ high, UInt32(truncatingIfNeeded: first))
            (low, high) = (low &+ 0x9E37_79B9, high &+ 0xBB67_AE85)
        }
        return SIMD4(x, y, z, w)
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
            words = nextBlock()
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
        Self.uniform(nextWord())
    }

    /// The next number of the uniform distribution on [`low`, `high`).
    public mutating func nextUniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * nextUniform()
    }

    /// The next whole number below `bound`, each with the same chance to within 2^-32.
    public mutating func nextInteger(below bound: Int) -> Int {
        Int(Self.integer(nextWord(), below: Self.checked(bound)))
    }

    /// A random order of `0..<count`, by the Fisher-Yates shuffle.
    public mutating func nextPermutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, nextInteger(below: last + 1))
        }
        return order
    }

    private mutating func nextBlock() -> SIMD4<UInt32> {
        let counter = SIMD4(
            UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32),
            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        block += 1
        return Philox.words(counter: counter, key: key)
    }

    private static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

    private static func integer(_ word: UInt32, below bound: UInt32) -> UInt32 {
        UInt32((UInt64(word) * UInt64(bound)) >> 32)
    }

    private static func checked(_ bound: Int) -> UInt32 {
        precondition(bound > 0 && bound <= Int(UInt32.max), "CounterGenerator: bound \(bound)")
        return UInt32(bound)
    }
}

/// Many numbers at a time: those that as many draws of one give, several times as fast.
extension CounterGenerator {
    /// The next `count` times 32 random bits.
    public mutating func nextWords(_ count: Int) -> [UInt32] {
        array(count) { $0 }
    }

    /// The next `count` numbers of the uniform distribution on [`low`, `high`).
    public mutating func nextUniforms(_ count: Int, _ low: Float = 0, _ high: Float = 1) -> [Float] {
        array(count) { low + (high - low) * Self.uniform($0) }
    }

    /// The next `count` whole numbers below `bound`.
    public mutating func nextIntegers(_ count: Int, below bound: Int) -> [UInt32] {
        let bound = Self.checked(bound)
        return array(count) { Self.integer($0, below: bound) }
    }

    /// One element for each of the next `count` words: what is left of a block, whole blocks, what begins another.
    private mutating func array<Element>(_ count: Int, _ element: (UInt32) -> Element) -> [Element] {
        Array(unsafeUninitializedCapacity: count) { elements, initialized in
            let head = min(unused, count)
            let tail = count - (count - head) % 4
            for place in 0..<head { elements.initializeElement(at: place, to: element(nextWord())) }
            for place in stride(from: head, to: tail, by: 4) {
                let words = nextBlock()
                for lane in 0..<4 { elements.initializeElement(at: place + lane, to: element(words[lane])) }
            }
            for place in tail..<count { elements.initializeElement(at: place, to: element(nextWord())) }
            initialized = count
        }
    }
}
