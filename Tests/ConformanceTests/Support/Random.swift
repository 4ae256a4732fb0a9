// Random tensors that are the same in every run.

import TensorCore

extension Tensor {
    /// Uniform numbers on [`low`, `high`) in `shape`, for `seed`.
    static func random(_ shape: Shape, _ low: Float = -1, _ high: Float = 1, seed: UInt64) -> Tensor {
        var generator = CounterGenerator(seed: seed, stream: 0)
        return Tensor(shape, generator.nextUniforms(shape.count, low, high))
    }
}
