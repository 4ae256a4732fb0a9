// A tensor in host memory: a shape and dense row-major elements.

/// A dense, row-major tensor in host memory.
public struct Tensor: Hashable, Sendable {
    /// The elements of a tensor, by type.
    public enum Storage: Hashable, Sendable {
        /// Elements of `ElementType.float32`.
        case float32([Float])
        /// Elements of `ElementType.int32`.
        case int32([Int32])
        /// Elements of `ElementType.uint8`.
        case uint8([UInt8])
    }

    /// The extents.
    public let shape: Shape
    /// The elements in row-major order.
    public var storage: Storage {
        didSet { checkCount() }
    }

    /// Makes a tensor of `storage` in `shape`; the counts must agree.
    public init(_ shape: Shape, _ storage: Storage) {
        self.shape = shape
        self.storage = storage
        checkCount()
    }

    /// Makes a float32 tensor.
    public init(_ shape: Shape, _ elements: [Float]) {
        self.init(shape, .float32(elements))
    }

    /// Makes an int32 tensor.
    public init(_ shape: Shape, _ elements: [Int32]) {
        self.init(shape, .int32(elements))
    }

    /// Makes a uint8 tensor.
    public init(_ shape: Shape, _ elements: [UInt8]) {
        self.init(shape, .uint8(elements))
    }

    /// Makes a float32 scalar.
    public init(_ scalar: Float) {
        self.init(.scalar, [scalar])
    }

    /// Makes a float32 tensor with every element `value`.
    public init(_ shape: Shape, repeating value: Float) {
        self.init(shape, [Float](repeating: value, count: shape.count))
    }

    /// Makes a tensor of `type` with every element zero.
    public static func zeros(_ type: TensorType) -> Tensor {
        let count = type.shape.count
        return switch type.element {
        case .float32: Tensor(type.shape, .float32([Float](repeating: 0, count: count)))
        case .int32: Tensor(type.shape, .int32([Int32](repeating: 0, count: count)))
        case .uint8: Tensor(type.shape, .uint8([UInt8](repeating: 0, count: count)))
        }
    }

    /// Element type and shape.
    public var type: TensorType {
        let element: ElementType =
            switch storage {
            case .float32: .float32
            case .int32: .int32
            case .uint8: .uint8
            }
        return TensorType(element, shape)
    }

    /// The elements of a float32 tensor; asking another type for them is a bug of the caller.
    public var floats: [Float] {
        guard case .float32(let elements) = storage else { preconditionFailure("Tensor.floats of a \(type)") }
        return elements
    }

    /// The elements of an int32 tensor; asking another type for them is a bug of the caller.
    public var integers: [Int32] {
        guard case .int32(let elements) = storage else { preconditionFailure("Tensor.integers of a \(type)") }
        return elements
    }

    /// The elements of a uint8 tensor; asking another type for them is a bug of the caller.
    public var bytes: [UInt8] {
        guard case .uint8(let elements) = storage else { preconditionFailure("Tensor.bytes of a \(type)") }
        return elements
    }

    /// The same elements in another shape of the same count.
    public func reshaped(to shape: Shape) -> Tensor {
        Tensor(shape, storage)
    }

    /// The bytes of the elements as they lie in memory.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch storage {
        case .float32(let elements): try elements.withUnsafeBytes(body)
        case .int32(let elements): try elements.withUnsafeBytes(body)
        case .uint8(let elements): try elements.withUnsafeBytes(body)
        }
    }

    /// Makes a tensor of `type`, its elements written by `fill` into raw memory of `type.byteCount` bytes.
    public init(_ type: TensorType, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let count = type.shape.count
        switch type.element {
        case .float32:
            var elements = [Float](repeating: 0, count: count)
            try elements.withUnsafeMutableBytes(fill)
            self.init(type.shape, elements)
        case .int32:
            var elements = [Int32](repeating: 0, count: count)
            try elements.withUnsafeMutableBytes(fill)
            self.init(type.shape, elements)
        case .uint8:
            var elements = [UInt8](repeating: 0, count: count)
            try elements.withUnsafeMutableBytes(fill)
            self.init(type.shape, elements)
        }
    }

    private func checkCount() {
        let count =
            switch storage {
            case .float32(let elements): elements.count
            case .int32(let elements): elements.count
            case .uint8(let elements): elements.count
            }
        precondition(count == shape.count, "Tensor: \(count) elements for the shape \(shape)")
    }
}
