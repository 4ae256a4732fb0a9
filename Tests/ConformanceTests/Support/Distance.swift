// How far computed numbers lie from those expected, as one number.

import TensorCore

/// The norm of `computed` - `expected` over the norm of `expected`, or over `floor` where that is larger: what terms
/// that cancel leave is as large as they are.
func distance(_ computed: [Double], from expected: [Double], floor: Double = 0) -> Double {
    precondition(computed.count == expected.count, "distance of \(computed.count) from \(expected.count) numbers")
    let squares = zip(computed, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    if squares == 0 { return 0 }
    let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return squares.squareRoot() / max(norm, floor)
}

extension Tensor {
    /// The elements of a float32 tensor in double precision.
    var doubles: [Double] { floats.map(Double.init) }

    /// The only element of a float32 tensor.
    var number: Double {
        precondition(shape.count == 1, "\(type) is no single number")
        return Double(floats[0])
    }
}
