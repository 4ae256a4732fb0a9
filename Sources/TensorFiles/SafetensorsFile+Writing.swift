// The writing half of safetensors.

extension SafetensorsFile {
    /// Writes the file to `path`, durably: the old file stays until the new one is whole.
    ///
    /// Throws `cannotCreate` where nothing can be created, `writeFailed` where the device is full or fails.
    public func write(to path: String) throws(TensorFileError) {
        let ordered = aligned
        let header = header(of: ordered)
        try DurableFile.write(to: path) { (file) throws(TensorFileError) in
            try file.write(header)
            for tensor in ordered { try file.write(tensor.bytes) }
        }
    }

    /// The file as bytes.
    public var serialized: [UInt8] {
        let ordered = aligned
        return ordered.reduce(into: header(of: ordered)) { $0 += $1.bytes }
    }

    /// The tensors with the widest elements first, so that each lies aligned.
    private var aligned: [FileTensor] {
        [8, 4, 2, 1].flatMap { width in tensors.filter { $0.element.byteCount == width } }
    }

    /// Size and JSON, padded with spaces so that the data starts at a multiple of 8.
    private func header(of tensors: [FileTensor]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }.map { $0.quotedAsJSON + ":" + $1.quotedAsJSON }
            members.append("\"__metadata__\":{" + strings.joined(separator: ",") + "}")
        }
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.bytes.count
            let extents = tensor.shape.extents.map(String.init).joined(separator: ",")
            members.append(
                tensor.name.quotedAsJSON + ":{\"dtype\":\"\(tensor.element)\",\"shape\":[\(extents)],"
                    + "\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var json = Array(("{" + members.joined(separator: ",") + "}").utf8)
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        let size = UInt64(json.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: size >> UInt64(8 * $0)) } + json
    }
}
