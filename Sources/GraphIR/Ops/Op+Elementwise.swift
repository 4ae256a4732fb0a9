// Operations on corresponding elements, with broadcasting.

public import TensorCore

extension Op {
    /// y = f(x), element by element, for float32.
    public enum Unary: String, OperationRule, Hashable, CaseIterable {
        /// -x
        case negate
        /// e^x
        case exp
        /// The natural logarithm; -infinity at 0, NaN below.
        case log
        /// The square root; NaN below 0.
        case sqrt
        /// 1 / x
        case reciprocal
        /// (e^x - e^-x) / (e^x + e^-x)
        case tanh
        /// log(1 + e^x), without overflow: max(x, 0) + log1p(e^-|x|)
        case softplus
        /// max(x, 0); NaN stays NaN
        case relu
        /// |x|
        case absolute
        public var name: String { rawValue }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            return inputs
        }
    }

    /// y = f(a, b), element by element, for float32; an axis of extent 1, or a missing leading axis, is repeated to
    /// match the other operand (NumPy's broadcasting).
    public enum Binary: String, OperationRule, Hashable, CaseIterable {
        /// a + b
        case add
        /// a - b
        case subtract
        /// a b
        case multiply
        /// a / b
        case divide
        /// The larger of both; NaN if one is
        case maximum
        /// The smaller of both; NaN if one is
        case minimum
        /// 1 where a > b, else 0
        case greater
        /// 1 where a = b, else 0
        case equal
        public var name: String { rawValue }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(2)
            return [TensorType(.float32, try Shape.broadcast(inputs.map(\.shape)))]
        }
    }

    /// y = a where the condition is not 0, else b. Inputs: condition, a, b, float32, broadcast to one shape.
    public struct Select: OperationRule, Hashable {
        public var name: String { "select" }

        /// Makes a choice between two values.
        public init() {}

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(3)
            return [TensorType(.float32, try Shape.broadcast(inputs.map(\.shape)))]
        }
    }

    /// The same numbers as another element type; float32 to an integer type rounds toward zero and saturates.
    public struct Cast: OperationRule, Hashable {
        /// The element type of the result.
        public let element: ElementType
        public var name: String { "cast" }
        public var attributes: String { "\(element)" }

        /// Makes a conversion to `element`.
        public init(to element: ElementType) {
            self.element = element
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expectCount(1...1)
            return [TensorType(element, inputs[0].shape)]
        }
    }
}

extension Shape {
    /// The shape to which `shapes` broadcast together: axes are matched from the last, an extent of 1 repeats.
    package static func broadcast(_ shapes: [Shape]) throws(ShapeError) -> Shape {
        let rank = shapes.map(\.rank).max() ?? 0
        var extents = [Int](repeating: 1, count: rank)
        for shape in shapes {
            for axis in 0..<shape.rank {
                let target = axis + rank - shape.rank
                if shape[axis] == 1 || shape[axis] == extents[target] { continue }
                guard extents[target] == 1 else {
                    throw ShapeError("shapes \(shapes.map(\.description).joined(separator: ", ")) do not broadcast")
                }
                extents[target] = shape[axis]
            }
        }
        return Shape(extents)
    }

    /// The strides with which this shape is read as if it were `target`: 0 along each repeated axis.
    package func strides(broadcastTo target: Shape) -> [Int] {
        let missing = target.rank - rank
        return (0..<target.rank).map { axis in
            axis < missing || (self[axis - missing] == 1 && target[axis] != 1) ? 0 : strides[axis - missing]
        }
    }
}
