// The numbers of samples: seeded, the same on every machine, some of them nasty.

public import TensorCore

/// Draws the tensors of a sample: pure functions of its seed, in the order in which they are asked for.
public struct SampleDraw {
    private var generator: CounterGenerator

    /// Makes the draws of a sample with `seed`.
    public init(seed: UInt64) {
        generator = CounterGenerator(seed: seed, stream: 0)
    }

    /// About normal, mean 0 and variance 1: twelve uniform numbers less 6, so that no library's logarithm is in it.
    public mutating func normal(_ shape: Shape, mean: Float = 0, deviation: Float = 1) -> Tensor {
        let count = shape.count
        let numbers = [Float](unsafeUninitializedCapacity: count) { numbers, initialized in
            // A few at a time, whose uniform numbers stay in the cache.
            while initialized < count {
                let few = min(256, count - initialized)
                let uniform = generator.nextUniforms(12 * few)
                for index in 0..<few {
                    let sum = uniform[12 * index..<12 * (index + 1)].reduce(Float(-6), +)
                    numbers.initializeElement(at: initialized + index, to: mean + deviation * sum)
                }
                initialized += few
            }
        }
        return Tensor(shape, numbers)
    }

    /// Uniform between `low` and `high`.
    public mutating func uniform(_ shape: Shape, _ low: Float = -1, _ high: Float = 1) -> Tensor {
        Tensor(shape, generator.nextUniforms(shape.count, low, high))
    }

    /// -1 or 1, evenly.
    public mutating func signs(_ shape: Shape) -> Tensor {
        Tensor(shape, generator.nextWords(shape.count).map { $0 & 1 == 0 ? 1 : Float(-1) })
    }

    /// Distinct numbers in random order, 1/8 apart and none nearer to 0 than 1/16: what a kinked function needs for its
    /// slope to be measured.
    public mutating func separated(_ shape: Shape) -> Tensor {
        let order = generator.nextPermutation(of: shape.count)
        return Tensor(shape, order.map { (Float($0 - shape.count / 2) + 0.5) / 8 })
    }

    /// Small whole numbers from -2 to 2: ties everywhere.
    public mutating func tied(_ shape: Shape) -> Tensor {
        Tensor(shape, generator.nextIntegers(shape.count, below: 5).map { Float($0) - 2 })
    }

    /// Normal, but one number in 13 is a thousand times larger.
    public mutating func outliers(_ shape: Shape) -> Tensor {
        var numbers = normal(shape).floats
        for index in stride(from: 5, to: numbers.count, by: 13) { numbers[index] *= 1000 }
        return Tensor(shape, numbers)
    }

    /// The elements of `tensor`, those at `indices` (row by row, from 0) replaced by `value`.
    public func placing(_ value: Float, at indices: [Int], in tensor: Tensor) -> Tensor {
        var numbers = tensor.floats
        for index in indices { numbers[index] = value }
        return Tensor(tensor.shape, numbers)
    }

    /// Whole numbers from 0 on, below `bound`, as int32.
    public mutating func integers(_ shape: Shape, below bound: Int) -> Tensor {
        Tensor(shape, generator.nextIntegers(shape.count, below: bound).map(Int32.init))
    }

    /// Whole numbers from 0 on, below `bound`, as uint8.
    public mutating func bytes(_ shape: Shape, below bound: Int) -> Tensor {
        Tensor(shape, generator.nextIntegers(shape.count, below: bound).map(UInt8.init))
    }
}
