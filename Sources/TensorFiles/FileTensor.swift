// One tensor of a file: its bytes as they lie there, and what they are as a host tensor.

public import TensorCore

/// A tensor as it lies in a file: type, shape, and little-endian bytes in row-major order.
public struct FileTensor: Sendable {
    /// The name in the file.
    public let name: String
    /// The type of each element.
    public let element: FileElementType
    /// The extents, outermost first.
    public let shape: Shape
    /// The elements' bytes.
    public let bytes: ArraySlice<UInt8>
    /// The file that the tensor comes from, for errors.
    let file: String

    init(name: String, element: FileElementType, shape: Shape, bytes: ArraySlice<UInt8>, file: String) {
        precondition(
            bytes.count == shape.count * element.byteCount,
            "FileTensor: \(bytes.count) bytes for \(element)\(shape)")
        (self.name, self.element, self.shape, self.bytes, self.file) = (name, element, shape, bytes, file)
    }

    /// The tensor in host memory: floating point becomes float32, `U8` and `BOOL` uint8, other whole numbers int32.
    ///
    /// Throws `badTensor` where a whole number does not fit, or a finite double would become infinite.
    public func tensor() throws(TensorFileError) -> Tensor {
        switch element {
        case .float32, .float16, .bfloat16, .float64: Tensor(shape, try floats())
        case .uint8, .bool: Tensor(shape, Array(bytes))
        case .int32: Tensor(shape, values(Int32.self) { Int32(littleEndian: $0) })
        case .int64, .int16, .int8, .uint64, .uint32, .uint16: Tensor(shape, try narrowed(integers()))
        }
    }

    /// The elements of a tensor of whole numbers.
    ///
    /// Throws `badTensor` for floating point, and for a `U64` above 2^63 - 1.
    public func integers() throws(TensorFileError) -> [Int64] {
        switch element {
        case .int64: return values(Int64.self) { Int64(littleEndian: $0) }
        case .int32: return values(Int32.self) { Int64(Int32(littleEndian: $0)) }
        case .int16: return values(Int16.self) { Int64(Int16(littleEndian: $0)) }
        case .int8: return values(Int8.self) { Int64($0) }
        case .uint32: return values(UInt32.self) { Int64(UInt32(littleEndian: $0)) }
        case .uint16: return values(UInt16.self) { Int64(UInt16(littleEndian: $0)) }
        case .uint8, .bool: return bytes.map { Int64($0) }
        case .uint64:
            let values = values(UInt64.self) { UInt64(littleEndian: $0) }
            guard let large = values.first(where: { $0 > UInt64(Int64.max) }) else { return values.map { Int64($0) } }
            throw bad("\(large) does not fit 63 bits")
        case .float64, .float32, .float16, .bfloat16: throw bad("\(element) where whole numbers are wanted")
        }
    }

    /// The elements of a tensor of floating point, in single precision.
    ///
    /// Throws `badTensor` for whole numbers, and for a finite double that would become infinite.
    public func floats() throws(TensorFileError) -> [Float] {
        switch element {
        case .float32: return values(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float16: return values(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
        case .bfloat16: return values(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .float64:
            let doubles = values(UInt64.self) { Double(bitPattern: UInt64(littleEndian: $0)) }
            guard let large = doubles.first(where: { $0.isFinite && Float($0).isInfinite }) else {
                return doubles.map { Float($0) }
            }
            throw bad("\(large) does not fit float32")
        case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool:
            throw bad("\(element) where floating point is wanted")
        }
    }

    /// The error that this tensor is not as wanted.
    public func bad(_ reason: String) -> TensorFileError {
        .badTensor(file: file, tensor: name, reason: reason)
    }

    private func narrowed(_ values: [Int64]) throws(TensorFileError) -> [Int32] {
        if let large = values.first(where: { Int32(exactly: $0) == nil }) { throw bad("\(large) does not fit int32") }
        return values.map { Int32($0) }
    }

    private func values<Stored: BitwiseCopyable, Value>(_: Stored.Type, _ value: (Stored) -> Value) -> [Value] {
        let size = MemoryLayout<Stored>.size
        return bytes.withUnsafeBytes { buffer in
            [Value](unsafeUninitializedCapacity: shape.count) { values, count in
                count = buffer.count / size
                for index in 0..<count {
                    let stored = buffer.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
                    values.initializeElement(at: index, to: value(stored))
                }
            }
        }
    }
}

extension FileTensor {
    /// A host tensor as it will lie in a file.
    init(name: String, _ tensor: Tensor) {
        let element: FileElementType =
            switch tensor.type.element {
            case .float32: .float32
            case .int32: .int32
            case .uint8: .uint8
            }
        let bytes = tensor.withUnsafeBytes { Array($0) }
        self.init(name: name, element: element, shape: tensor.shape, bytes: bytes[...], file: "memory")
    }

    /// 64-bit whole numbers as they will lie in a file.
    init(name: String, integers: [Int64], shape: Shape) {
        let bytes = integers.withUnsafeBytes { Array($0) }
        self.init(name: name, element: .int64, shape: shape, bytes: bytes[...], file: "memory")
    }
}
