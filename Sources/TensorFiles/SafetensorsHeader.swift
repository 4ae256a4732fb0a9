// The header of a safetensors file: strict JSON of exactly one form, so that nothing in it can nest or repeat.

import TensorCore

/// What a safetensors header says: the tensors with their places in the data, and the metadata.
struct SafetensorsHeader {
    /// One tensor, and where its bytes lie, counted from the end of the header.
    struct Entry {
        let name: String
        let element: FileElementType
        let shape: Shape
        let range: Range<Int>
    }

    /// The tensors in the order of their bytes.
    private(set) var entries: [Entry] = []
    /// The strings under `__metadata__`.
    private(set) var metadata: [String: String] = [:]

    /// The reader refuses a header of more bytes, as the format asks.
    static let maximumByteCount = 100_000_000
    /// The reader refuses a tensor of more axes.
    static let maximumRank = 64

    private let file: String

    /// Parses `bytes`; the data behind the header has `dataCount` bytes, which the tensors must cover exactly.
    init(_ bytes: [UInt8], dataCount: Int, file: String) throws(TensorFileError) {
        self.file = file
        if bytes.first != UInt8(ascii: "{") { throw .malformed(file: file, reason: "the header is not JSON") }
        var scanner = JSONScanner(bytes, file: file)
        var names: Set<String> = []
        var (entries, metadata): ([Entry], [String: String]) = ([], [:])
        try scanner.object { (scanner, name) throws(TensorFileError) in
            if !names.insert(name).inserted { throw scanner.fault("'\(name)' comes twice") }
            if name == "__metadata__" {
                metadata = try Self.metadata(&scanner)
            } else {
                entries.append(try Self.entry(&scanner, name: name, file: file))
            }
        }
        try scanner.expectEnd()
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        (self.entries, self.metadata) = (entries, metadata)
        try checkCoverage(of: dataCount)
    }

    private static func metadata(_ scanner: inout JSONScanner) throws(TensorFileError) -> [String: String] {
        var metadata: [String: String] = [:]
        try scanner.object { (scanner, key) throws(TensorFileError) in
            let value = try scanner.string()
            if metadata.updateValue(value, forKey: key) != nil { throw scanner.fault("'\(key)' comes twice") }
        }
        return metadata
    }

    private static func entry(
        _ scanner: inout JSONScanner, name: String, file: String
    ) throws(TensorFileError) -> Entry {
        var (typeName, extents, offsets): (String?, [Int]?, [Int]?)
        try scanner.object { (scanner, key) throws(TensorFileError) in
            switch key {
            case "dtype" where typeName == nil: typeName = try scanner.string()
            case "shape" where extents == nil: extents = try scanner.integers(atMost: maximumRank)
            case "data_offsets" where offsets == nil: offsets = try scanner.integers(atMost: 2)
            case "dtype", "shape", "data_offsets": throw scanner.fault("'\(key)' comes twice")
            default: throw scanner.fault("unknown key '\(key)'")
            }
        }
        func bad(_ reason: String) -> TensorFileError { .badTensor(file: file, tensor: name, reason: reason) }
        guard let typeName, let extents, let offsets, offsets.count == 2 else {
            throw bad("dtype, shape or data_offsets is missing")
        }
        guard let element = FileElementType(rawValue: typeName) else { throw bad("unknown dtype '\(typeName)'") }
        guard let count = byteCount(extents, of: element) else { throw bad("the shape \(extents) is too large") }
        guard offsets[0] <= offsets[1], offsets[1] - offsets[0] == count else {
            throw bad("\(element)\(extents) needs \(count) bytes, data_offsets are \(offsets)")
        }
        return Entry(name: name, element: element, shape: Shape(extents), range: offsets[0]..<offsets[1])
    }

    /// The bytes of a tensor, or nil beyond 2^63; an extent of 0 does not excuse the others.
    static func byteCount(_ extents: [Int], of element: FileElementType) -> Int? {
        var count = element.byteCount
        for extent in extents {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
            if overflow { return nil }
            count = product
        }
        return extents.contains(0) ? 0 : count
    }

    private func checkCoverage(of dataCount: Int) throws(TensorFileError) {
        var end = 0
        for entry in entries {
            if entry.range.upperBound > dataCount {
                let reason = "its bytes end at \(entry.range.upperBound), the file's data at \(dataCount)"
                throw .badTensor(file: file, tensor: entry.name, reason: reason)
            }
            if entry.range.lowerBound != end {
                let fault = entry.range.lowerBound < end ? "an overlap with" : "a hole behind"
                let reason = "its bytes start at \(entry.range.lowerBound): \(fault) the tensor that ends at \(end)"
                throw .badTensor(file: file, tensor: entry.name, reason: reason)
            }
            end = entry.range.upperBound
        }
        if end != dataCount {
            throw .malformed(file: file, reason: "the tensors end at \(end), the file's data at \(dataCount)")
        }
    }
}
