// Named tensors in one file, in the format safetensors of Hugging Face, which PyTorch's users have.

public import TensorCore

/// Named tensors and strings, as they lie in a safetensors file.
///
/// The format (github.com/huggingface/safetensors): 8 bytes of header size, little-endian; a JSON header with type,
/// shape and byte range of each tensor; the tensors' bytes, little-endian, row-major, without holes.
public struct SafetensorsFile: Sendable {
    /// The tensors in the order of their bytes.
    public private(set) var tensors: [FileTensor] = []
    /// The strings under `__metadata__`.
    public var metadata: [String: String]
    /// Where the file was read from; errors name it.
    public let path: String
    private var places: [String: Int] = [:]

    /// Makes a file without tensors.
    public init(metadata: [String: String] = [:]) {
        self.metadata = metadata
        path = "memory"
    }

    /// The names of the tensors in the order of their bytes.
    public var names: [String] { tensors.map(\.name) }

    /// The tensor called `name`, if there is one.
    public subscript(name: String) -> FileTensor? { places[name].map { tensors[$0] } }

    /// The tensor called `name`; throws `badTensor` where it is missing.
    public func tensor(_ name: String) throws(TensorFileError) -> FileTensor {
        guard let tensor = self[name] else {
            throw .badTensor(file: path, tensor: name, reason: "missing; the file has \(listing)")
        }
        return tensor
    }

    /// Adds `tensor` under `name`, which must be new.
    public mutating func append(_ name: String, _ tensor: Tensor) {
        append(FileTensor(name: name, tensor))
    }

    /// Adds 64-bit whole numbers under `name`, which must be new; without a shape, one number is a scalar.
    public mutating func append(_ name: String, integers: [Int64], shape: Shape? = nil) {
        let shape = shape ?? (integers.count == 1 ? .scalar : [integers.count])
        append(FileTensor(name: name, integers: integers, shape: shape))
    }

    private mutating func append(_ tensor: FileTensor) {
        precondition(
            tensor.name != "__metadata__" && places[tensor.name] == nil,
            "SafetensorsFile: the name '\(tensor.name)' is taken")
        places[tensor.name] = tensors.count
        tensors.append(tensor)
    }

    private var listing: String {
        if tensors.isEmpty { return "no tensors" }
        return names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
    }
}

extension SafetensorsFile {
    /// Reads the file at `path`.
    ///
    /// Throws `cannotOpen`, `readFailed`, `malformed` for the file as a whole, `badTensor` for one of its tensors.
    public static func read(_ path: String) throws(TensorFileError) -> SafetensorsFile {
        let file = try InputFile(path)
        let headerCount = try headerCount(file.read(8), fileCount: file.byteCount, file: path)
        let headerBytes = try file.read(headerCount)
        let dataCount = file.byteCount - 8 - headerCount
        let header = try SafetensorsHeader(headerBytes, dataCount: dataCount, file: path)
        return try SafetensorsFile(header, data: file.read(dataCount), path: path)
    }

    /// Reads the file that lies in `bytes`; errors call it `name`.
    public init(bytes: [UInt8], name: String) throws(TensorFileError) {
        let headerCount = try Self.headerCount(Array(bytes.prefix(8)), fileCount: bytes.count, file: name)
        let header = try SafetensorsHeader(
            Array(bytes[8..<8 + headerCount]), dataCount: bytes.count - 8 - headerCount, file: name)
        try self.init(header, data: Array(bytes[(8 + headerCount)...]), path: name)
    }

    private init(_ header: SafetensorsHeader, data: [UInt8], path: String) throws(TensorFileError) {
        metadata = header.metadata
        self.path = path
        for entry in header.entries {
            if entry.range.upperBound > data.count {
                throw .readFailed(file: path, reason: "the file became shorter while it was read")
            }
            append(
                FileTensor(
                    name: entry.name, element: entry.element, shape: entry.shape, bytes: data[entry.range], file: path))
        }
    }

    private static func headerCount(_ bytes: [UInt8], fileCount: Int, file: String) throws(TensorFileError) -> Int {
        guard bytes.count == 8 else {
            throw .malformed(file: file, reason: "\(fileCount) bytes are too few for a safetensors file")
        }
        let count = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if count > UInt64(SafetensorsHeader.maximumByteCount) {
            let reason =
                "it claims a header of \(count) bytes, at most \(SafetensorsHeader.maximumByteCount) are allowed"
            throw .malformed(file: file, reason: reason)
        }
        if Int(count) > fileCount - 8 {
            throw .malformed(
                file: file, reason: "it claims a header of \(count) bytes and has \(fileCount) bytes in all")
        }
        return Int(count)
    }
}
