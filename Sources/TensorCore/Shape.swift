// The shape of a tensor: its extents, outermost first, and the row-major arithmetic on them.

/// The extents of a tensor, outermost axis first; an empty shape is a scalar.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// One extent per axis, each at least 1 (an empty data set is no tensor).
    public let extents: [Int]

    /// Makes a shape of `extents`; a negative extent is a bug of the caller.
    public init(_ extents: [Int]) {
        precondition(extents.allSatisfy { $0 >= 0 }, "Shape: negative extent in \(extents)")
        self.extents = extents
    }

    /// Makes a shape of the literal's extents.
    public init(arrayLiteral elements: Int...) {
        self.init(elements)
    }

    /// The shape without axes, of one element.
    public static let scalar = Shape([])

    /// The number of axes.
    public var rank: Int { extents.count }

    /// The number of elements: the product of the extents.
    public var count: Int { extents.reduce(1, *) }

    /// The extent of `axis`.
    public subscript(axis: Int) -> Int { extents[axis] }

    /// Row-major strides in elements: the last axis moves by 1.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * extents[axis + 1]
        }
        return strides
    }

    /// The index along each axis of the element at `offset` in row-major order.
    public func indices(at offset: Int) -> [Int] {
        var rest = offset
        return strides.map { stride in
            defer { rest %= max(stride, 1) }
            return rest / max(stride, 1)
        }
    }

    /// `[2, 3]`, as in Swift.
    public var description: String {
        "[" + extents.map(String.init).joined(separator: ", ") + "]"
    }
}

/// The type of one element of a tensor.
public enum ElementType: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// IEEE single precision: everything that is computed with.
    case float32
    /// Indices, labels and counters.
    case int32
    /// Images as decoded (0 is black, 255 white), and places in small windows.
    case uint8

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .uint8: 1
        }
    }

    /// The name as written in a graph: `float32`.
    public var description: String { rawValue }
}

/// What a graph knows of a value before it exists: element type and shape.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The type of each element.
    public let element: ElementType
    /// The extents.
    public let shape: Shape

    /// Makes the type of a tensor of `element`s in `shape`.
    public init(_ element: ElementType = .float32, _ shape: Shape) {
        self.element = element
        self.shape = shape
    }

    /// The size of a dense tensor of this type in bytes.
    public var byteCount: Int { element.byteCount * shape.count }

    /// `float32[2, 3]`.
    public var description: String { "\(element)\(shape)" }
}
