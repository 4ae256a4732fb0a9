// The weights of an antialiased bilinear resize along one axis, as Pillow's `Image.resize` computes them.

/// A triangle filter from `inputCount` to `outputCount` samples, widened by the factor of reduction.
///
/// Output i is centred at c = (i + 1/2) s for s = inputCount / outputCount, and takes input j with the weight
/// max(0, 1 - |j + 1/2 - c| / max(s, 1)), normalised to the sum 1 and kept in fixed point (2^22 is 1). The arithmetic is
/// that of Pillow's Resample.c for 8 bits per channel, rounding included.
struct TriangleFilter {
    /// The fixed-point one, as a power of two.
    static let precision = 22
    /// The first input of each output.
    let starts: [Int]
    /// How many inputs each output takes.
    let counts: [Int]
    /// `stride` places for the weights of each output; those behind its count are 0.
    let weights: [Int32]
    /// The places per output.
    let stride: Int

    init(from inputCount: Int, to outputCount: Int) {
        precondition(inputCount > 0 && outputCount > 0, "TriangleFilter: \(inputCount) to \(outputCount)")
        let scale = Double(inputCount) / Double(outputCount)
        let support = max(scale, 1)
        let stride = Int(support.rounded(.up)) * 2 + 1
        var starts = [Int](repeating: 0, count: outputCount)
        var counts = starts
        var weights = [Int32](repeating: 0, count: outputCount * stride)
        var row = [Double](repeating: 0, count: stride)
        for output in 0..<outputCount {
            let center = (Double(output) + 0.5) * scale
            let start = max(Int(center - support + 0.5), 0)
            let count = min(Int(center + support + 0.5), inputCount) - start
            var sum = 0.0
            for tap in 0..<count {
                row[tap] = max(0, 1 - abs((Double(tap + start) - center + 0.5) * (1 / support)))
                sum += row[tap]
            }
            for tap in 0..<count {
                weights[output * stride + tap] = Int32(0.5 + row[tap] / sum * Double(1 << Self.precision))
            }
            (starts[output], counts[output]) = (start, count)
        }
        (self.starts, self.counts, self.weights, self.stride) = (starts, counts, weights, stride)
    }

    /// Filters `lines` lines; sample k of line n lies at `n * lineStep + k * sampleStep`.
    func apply(
        from input: UnsafePointer<UInt8>, inputSteps: (line: Int, sample: Int),
        to output: UnsafeMutablePointer<UInt8>, outputSteps: (line: Int, sample: Int), lines: Int
    ) {
        let half = Int32(1) << Int32(Self.precision - 1)
        weights.withUnsafeBufferPointer { weights in
            for index in starts.indices {
                let (start, count) = (starts[index], counts[index])
                let taps = weights.baseAddress! + index * stride
                for line in 0..<lines {
                    let samples = input + line * inputSteps.line + start * inputSteps.sample
                    var sum = half
                    for tap in 0..<count { sum &+= Int32(samples[tap &* inputSteps.sample]) &* taps[tap] }
                    // Weights are not negative and sum to about 1, so that only the upper end can be passed.
                    output[line * outputSteps.line + index * outputSteps.sample] =
                        UInt8(min(sum >> Int32(Self.precision), 255))
                }
            }
        }
    }
}
