// The element types of tensors on disk.

/// The type of one element of a tensor on disk, by its name in safetensors.
public enum FileElementType: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// IEEE double precision.
    case float64 = "F64"
    /// IEEE single precision.
    case float32 = "F32"
    /// IEEE half precision.
    case float16 = "F16"
    /// The upper half of a single.
    case bfloat16 = "BF16"
    /// Signed, 64 bits.
    case int64 = "I64"
    /// Signed, 32 bits.
    case int32 = "I32"
    /// Signed, 16 bits.
    case int16 = "I16"
    /// Signed, 8 bits.
    case int8 = "I8"
    /// Unsigned, 64 bits.
    case uint64 = "U64"
    /// Unsigned, 32 bits.
    case uint32 = "U32"
    /// Unsigned, 16 bits.
    case uint16 = "U16"
    /// Unsigned, 8 bits.
    case uint8 = "U8"
    /// One byte, 0 or 1.
    case bool = "BOOL"

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether the elements are whole numbers.
    package var isInteger: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: false
        case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: true
        }
    }

    /// The name in safetensors: `F32`.
    public var description: String { rawValue }
}
