// Operations that move elements and compute nothing.

public import TensorCore

extension Op {
    /// The same elements in the same order under another shape of the same count; any element type.
    public struct Reshape: OperationRule, Hashable {
        /// The shape of the result.
        public let shape: Shape
        public var name: String { "reshape" }

        /// Makes a reshape to `shape`.
        public init(to shape: Shape) {
            self.shape = shape
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expectCount(1...1)
            guard inputs[0].shape.count == shape.count else {
                throw ShapeError(
                    "\(inputs[0].shape) has \(inputs[0].shape.count) elements, \(shape) has \(shape.count)")
            }
            return [TensorType(inputs[0].element, shape)]
        }
    }

    /// Repetition along axes of extent 1 and new leading axes, for float32.
    public struct Broadcast: OperationRule, Hashable {
        /// The shape of the result.
        public let shape: Shape
        public var name: String { "broadcast" }

        /// Makes a repetition to `shape`.
        public init(to shape: Shape) {
            self.shape = shape
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            guard try Shape.broadcast([inputs[0].shape, shape]) == shape else {
                throw ShapeError("\(inputs[0].shape) does not broadcast to \(shape)")
            }
            return [TensorType(.float32, shape)]
        }
    }

    /// y[i_p(0), i_p(1), ...] = x[i_0, i_1, ...]: axis `a` of the result is axis `permutation[a]` of the input.
    public struct Transpose: OperationRule, Hashable {
        /// For each axis of the result, the axis of the input that it was.
        public let permutation: [Int]
        public var name: String { "transpose" }
        public var attributes: String { "\(permutation)" }

        /// Makes the transposition by `permutation`.
        public init(_ permutation: [Int]) {
            self.permutation = permutation
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = inputs[0].shape
            guard permutation.sorted() == Array(0..<shape.rank) else {
                throw ShapeError("\(permutation) is no order of the axes of \(shape)")
            }
            return [TensorType(.float32, Shape(permutation.map { shape[$0] }))]
        }
    }

    /// The inputs one after another along an axis; one or more float32 inputs that agree in all other axes.
    public struct Concatenate: OperationRule, Hashable {
        /// The axis along which they follow each other.
        public let axis: Int
        public var name: String { "concatenate" }
        public var attributes: String { "axis \(axis)" }

        /// Makes a concatenation along `axis`.
        public init(axis: Int) {
            self.axis = axis
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            guard let first = inputs.first else { throw ShapeError("expects at least 1 input, got 0") }
            try inputs.expect(inputs.count)
            guard (0..<first.shape.rank).contains(axis) else {
                throw ShapeError("axis \(axis) does not exist in \(first.shape)")
            }
            var extents = first.shape.extents
            for type in inputs.dropFirst() {
                var other = type.shape.extents
                guard other.count == extents.count else {
                    throw ShapeError("\(type.shape) and \(first.shape) differ in rank")
                }
                extents[axis] += other[axis]
                other[axis] = extents[axis]
                guard other == extents else {
                    throw ShapeError("\(type.shape) and \(first.shape) differ outside axis \(axis)")
                }
            }
            return [TensorType(.float32, Shape(extents))]
        }
    }

    /// The elements with starts[a] <= i_a < ends[a] along every axis a, for float32.
    public struct Slice: OperationRule, Hashable {
        /// The first index taken along each axis.
        public let starts: [Int]
        /// The index after the last taken along each axis.
        public let ends: [Int]
        public var name: String { "slice" }
        public var attributes: String {
            zip(starts, ends).map { "\($0)..<\($1)" }.joined(separator: ", ")
        }

        /// Makes the slice between `starts` and `ends`.
        public init(starts: [Int], ends: [Int]) {
            (self.starts, self.ends) = (starts, ends)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = inputs[0].shape
            let inside = zip(zip(starts, ends), shape.extents).allSatisfy { $0.0 >= 0 && $0.0 < $0.1 && $0.1 <= $1 }
            guard starts.count == shape.rank, ends.count == shape.rank, inside else {
                throw ShapeError("\(attributes) does not lie in \(shape)")
            }
            return [TensorType(.float32, Shape(zip(starts, ends).map { $1 - $0 }))]
        }
    }

    /// Zeros around the elements, for float32: the gradient of a slice.
    public struct Pad: OperationRule, Hashable {
        /// How many zeros come before the elements along each axis.
        public let before: [Int]
        /// How many zeros come after the elements along each axis.
        public let after: [Int]
        public var name: String { "pad" }
        public var attributes: String { "\(before), \(after)" }

        /// Makes the padding by `before` and `after`.
        public init(before: [Int], after: [Int]) {
            (self.before, self.after) = (before, after)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let shape = inputs[0].shape
            guard before.count == shape.rank, after.count == shape.rank, (before + after).allSatisfy({ $0 >= 0 }) else {
                throw ShapeError("padding \(attributes) does not fit \(shape)")
            }
            return [TensorType(.float32, Shape(shape.extents.indices.map { before[$0] + shape[$0] + after[$0] }))]
        }
    }
}
