// safetensors: what is written comes back, and every lie in a file is found.

import Diptych
import TensorCore
import TensorFiles
import Testing

@Suite struct SafetensorsTests {
    /// A file by hand: header text and data.
    private func file(_ header: String, data: [UInt8] = [], size: UInt64? = nil) -> [UInt8] {
        let size = size ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * UInt64($0))) } + header.utf8 + data
    }

    private func read(_ header: String, data: [UInt8] = []) throws -> SafetensorsFile {
        try SafetensorsFile(bytes: file(header, data: data), name: "f")
    }

    private var sample: SafetensorsFile {
        var file = SafetensorsFile(metadata: ["format": "pt", "quote\"\\\n": "\u{1}é😀"])
        file.append("labels", Tensor([3], [UInt8(1), 2, 255]))
        file.append("f.1.num_batches_tracked", integers: [400])
        file.append("f.0.weight", Tensor([2, 2], [Float(1), -0.0, .infinity, .leastNonzeroMagnitude]))
        file.append("count", Tensor([2], [Int32(-1), .max]))
        file.append("none", Tensor([0, 4], [Float]()))
        return file
    }

    @Test func whatIsWrittenComesBack() throws {
        let folder = try ScratchFolder()
        try sample.write(to: folder.file("a.safetensors"))
        let file = try SafetensorsFile.read(folder.file("a.safetensors"))
        #expect(try folder.bytes("a.safetensors") == sample.serialized)
        #expect(file.metadata == sample.metadata)
        #expect(Set(file.names) == Set(sample.names))
        for name in ["labels", "f.0.weight", "count", "none"] {
            #expect(try file.tensor(name).tensor() == sample.tensor(name).tensor())
        }
        #expect(try file.tensor("f.1.num_batches_tracked").integers() == [400])
        #expect(file["f.1.num_batches_tracked"]?.shape == .scalar)
        #expect(try file.tensor("f.1.num_batches_tracked").tensor() == Tensor(.scalar, [Int32(400)]))
    }

    @Test func headerIsPaddedAndElementsLieAligned() {
        let bytes = sample.serialized
        #expect(bytes[0] % 8 == 0)
        #expect(bytes.count == 8 + Int(bytes[0]) + Int(bytes[1]) * 256 + 3 + 8 + 16 + 8)
    }

    @Test func halvesAndDoublesBecomeSingles() throws {
        let header = """
            {"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]},
            "d":{"dtype":"F64","shape":[1],"data_offsets":[6,14]}}
            """
        let double = withUnsafeBytes(of: (-2.5).bitPattern.littleEndian) { Array($0) }
        let file = try read(header, data: [0x00, 0x3C, 0x01, 0x80, 0xC0, 0x3F] + double)
        #expect(try file.tensor("h").floats() == [1, -0x1p-24])
        #expect(try file.tensor("b").floats() == [1.5])
        #expect(try file.tensor("d").tensor() == Tensor([1], [Float(-2.5)]))
    }

    @Test func valuesThatDoNotFitAreErrors() throws {
        var file = SafetensorsFile()
        file.append("large", integers: [1, 1 << 40])
        #expect(
            throws: TensorFileError.badTensor(
                file: "memory", tensor: "large", reason: "1099511627776 does not fit int32")
        ) {
            try file.tensor("large").tensor()
        }
        #expect(throws: TensorFileError.self) { try file.tensor("large").floats() }
        #expect(throws: TensorFileError.self) { try file.tensor("missing") }
        let header = #"{"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#
        let huge = withUnsafeBytes(of: (1e300).bitPattern.littleEndian) { Array($0) }
        #expect(throws: TensorFileError.self) { try read(header, data: huge).tensor("d").tensor() }
    }

    @Test(arguments: [
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "twice"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
            "overlap"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[7,8]}}"#,
            "hole"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "hole"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "end at 4"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, "data at 8"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "needs 8"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "needs 12"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,8]}}"#, "too large"),
        (#"{"a":{"dtype":"F32","shape":[0,4611686018427387904,2],"data_offsets":[0,0]}}"#, "too large"),
        (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]}}"#, "too large"),
        (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "whole number"),
        (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "expected"),
        (#"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#, "leading zero"),
        (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, "dtype"),
        (#"{"a":{"dtype":"F32","shape":[2]}}"#, "missing"),
        (#"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "twice"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":[[[[1]]]]}}"#, "unknown key"),
        (#"{"__metadata__":{"a":"1","a":"2"}}"#, "twice"),
        (#"{"__metadata__":{"a":1}}"#, "expected"),
        (#"{"a\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "surrogate"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}"#, "after the end"),
        (#" {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "not JSON"),
        ("", "not JSON"),
        ("{", "expected"),
    ])
    func lies(header: String, words: String) {
        #expect {
            try read(header, data: [UInt8](repeating: 0, count: 8))
        } throws: { error in
            "\(error)".contains(words) && ("\(error)".hasPrefix("f is malformed") || "\(error)".contains("' of f:"))
        }
    }

    @Test func deepNestingIsAnErrorAndNotACrash() {
        for text in ["{\"a\":", "[", "{\"a\":{\"shape\":["] {
            let header = "{\"a\":" + String(repeating: text, count: 1_000_000)
            #expect(throws: TensorFileError.self) { try read(header) }
        }
    }

    @Test(arguments: [0, 1, 8, 1000, 100_000_001, 1 << 40, 1 << 63, UInt64.max])
    func wrongHeaderSizes(size: UInt64) {
        let header = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
        let bytes = file(header, data: [0, 0, 0, 0], size: size)
        #expect(throws: TensorFileError.self) { try SafetensorsFile(bytes: bytes, name: "f") }
    }

    @Test func everyPrefixIsRefused() throws {
        let folder = try ScratchFolder()
        let bytes = sample.serialized
        for count in bytes.indices {
            #expect(throws: TensorFileError.self) { try SafetensorsFile(bytes: Array(bytes[..<count]), name: "f") }
        }
        try DurableFile.write(bytes.dropLast(), to: folder.file("short"))
        #expect(throws: TensorFileError.self) { try SafetensorsFile.read(folder.file("short")) }
        #expect(throws: TensorFileError.self) { try SafetensorsFile.read(folder.file("missing")) }
        #expect(throws: TensorFileError.self) { try SafetensorsFile.read(folder.path) }
        #expect(throws: TensorFileError.self) { try SafetensorsFile.read("/dev/zero") }
    }

    @Test func everyFlippedBitIsReadOrRefused() {
        let bytes = sample.serialized
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(bit)
                guard let file = try? SafetensorsFile(bytes: damaged, name: "f") else { continue }
                for tensor in file.tensors { _ = try? tensor.tensor() }
            }
        }
    }
}
