// One tensor in one file, in NumPy's format `.npy`.

public import TensorCore

/// A tensor in a `.npy` file (numpy.lib.format, versions 1 to 3): a magic string, a short header in Python's words, and
/// the elements, little-endian, row-major.
public enum NumpyFile {
    /// Writes `tensor` to `path`, durably: the old file stays until the new one is whole.
    ///
    /// Throws `cannotCreate` where nothing can be created, `writeFailed` where the device is full or fails.
    public static func write(_ tensor: Tensor, to path: String) throws(TensorFileError) {
        let stored = FileTensor(name: "array", tensor)
        try DurableFile.write(to: path) { (file) throws(TensorFileError) in
            try file.write(header(of: stored))
            try file.write(stored.bytes)
        }
    }

    /// Reads the file at `path`.
    ///
    /// Throws `cannotOpen`, `readFailed`, or `malformed` for what is no such file, or lies column by column.
    public static func read(_ path: String) throws(TensorFileError) -> FileTensor {
        let file = try InputFile(path)
        return try parse(file.read(file.byteCount), name: path)
    }

    /// Reads the file that lies in `bytes`; errors call it `name`.
    package static func parse(_ bytes: [UInt8], name: String) throws(TensorFileError) -> FileTensor {
        func malformed(_ reason: String) -> TensorFileError { .malformed(file: name, reason: reason) }
        guard bytes.count >= 12, bytes.starts(with: magic) else { throw malformed("it is not a .npy file") }
        let sizeBytes = bytes[6] == 1 ? 2 : 4
        guard (1...3).contains(bytes[6]) else { throw malformed("unknown version \(bytes[6])") }
        let size = bytes[8..<8 + sizeBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8 + sizeBytes
        guard size <= bytes.count - start, size <= 1 << 16 else { throw malformed("its header claims \(size) bytes") }
        let header = String(decoding: bytes[start..<start + size], as: UTF8.self)
        guard let (type, extents) = parse(header: header) else { throw malformed("unknown header \(header.trimmed)") }
        guard let element = types.first(where: { $0.name == type })?.element else {
            throw malformed("unknown element type '\(type)'")
        }
        let data = bytes[(start + size)...]
        guard SafetensorsHeader.byteCount(extents, of: element) == data.count else {
            throw malformed("\(data.count) bytes of data for \(element)\(extents)")
        }
        return FileTensor(name: "array", element: element, shape: Shape(extents), bytes: data, file: name)
    }

    /// Type and extents in a header of exactly the form that NumPy writes, but for white space.
    private static func parse(header: String) -> (type: String, extents: [Int])? {
        var rest = header.filter { !$0.isWhitespace }[...]
        func take(_ text: String) -> Bool {
            guard rest.hasPrefix(text) else { return false }
            rest = rest.dropFirst(text.count)
            return true
        }
        guard take("{'descr':'") else { return nil }
        let type = rest.prefix { $0 != "'" }
        rest = rest.dropFirst(type.count)
        guard take("','fortran_order':False,'shape':(") else { return nil }
        let list = rest.prefix { $0 != ")" }
        rest = rest.dropFirst(list.count)
        guard rest == "),}" || rest == ")}" else { return nil }
        var extents: [Int] = []
        for word in list.split(separator: ",") {
            guard let extent = Int(word), extent >= 0, extents.count < SafetensorsHeader.maximumRank else { return nil }
            extents.append(extent)
        }
        return (String(type), extents)
    }

    private static func header(of tensor: FileTensor) -> [UInt8] {
        let type = types.first { $0.element == tensor.element }!.name
        let extents = tensor.shape.extents.map { "\($0)," }.joined(separator: " ")
        var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
        // Magic, version, size, text and a newline together fill a multiple of 64 bytes.
        text += [UInt8](repeating: UInt8(ascii: " "), count: 63 - (10 + text.count) % 64)
        text.append(UInt8(ascii: "\n"))
        return magic + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private static let types: [(name: String, element: FileElementType)] = [
        ("<f8", .float64), ("<f4", .float32), ("<f2", .float16), ("<i8", .int64), ("<i4", .int32), ("<i2", .int16),
        ("|i1", .int8), ("<u8", .uint64), ("<u4", .uint32), ("<u2", .uint16), ("|u1", .uint8), ("|b1", .bool),
    ]
}

extension String {
    /// The text on one line, cut after 80 characters.
    fileprivate var trimmed: String {
        let line = prefix(80).filter { !$0.isNewline }
        return count > 80 ? line + "..." : String(line)
    }
}
