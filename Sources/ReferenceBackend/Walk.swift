// A walk over the elements of a shape in order, with the place in each operand that an element is read from.

import TensorCore

/// Goes through a shape in row-major order. Each of up to four operands has strides, one for each axis: 0 along repeated
/// axes, those of another order for a transposition.
struct Walk {
    /// Where the present element lies in each operand.
    private(set) var places: SIMD4<Int>
    private let extents: [Int]
    /// For each axis, the stride of each operand.
    private let strides: [SIMD4<Int>]
    private var index: [Int]

    /// Begins at the element at `offset` of `shape`.
    init(_ shape: Shape, strides operands: [[Int]], from offset: Int = 0) {
        precondition(operands.count <= 4, "Walk: \(operands.count) operands")
        extents = shape.extents
        index = shape.indices(at: offset)
        strides = (0..<shape.rank).map { axis in
            var stride = SIMD4<Int>()
            for (operand, strides) in operands.enumerated() { stride[operand] = strides[axis] }
            return stride
        }
        places = zip(strides, index).reduce(SIMD4()) { $0 &+ $1.0 &* SIMD4(repeating: $1.1) }
    }

    /// Goes to the next element.
    mutating func advance() {
        var axis = extents.count - 1
        while axis >= 0 {
            index[axis] += 1
            places &+= strides[axis]
            if index[axis] < extents[axis] { return }
            places &-= strides[axis] &* SIMD4(repeating: extents[axis])
            index[axis] = 0
            axis -= 1
        }
    }
}

/// Calls `body` for each element of `shape`, in order, with its place in each operand.
func forEachElement(of shape: Shape, strides: [[Int]], _ body: (SIMD4<Int>) -> Void) {
    guard shape.count > 0 else { return }
    var walk = Walk(shape, strides: strides)
    for _ in 0..<shape.count {
        body(walk.places)
        walk.advance()
    }
}

/// The tensor of `shape` whose elements `element` computes from their places in each operand.
func makeElements(_ shape: Shape, strides: [[Int]], _ element: @Sendable (SIMD4<Int>) -> Float) -> Tensor {
    let count = shape.count
    let parts = min(count, 64)
    return makeParts(shape, parts: parts) { part, output in
        let range = part * count / parts..<(part + 1) * count / parts
        var walk = Walk(shape, strides: strides, from: range.lowerBound)
        for offset in range {
            output[offset] = element(walk.places)
            walk.advance()
        }
    }
}
