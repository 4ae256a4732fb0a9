// .npy: what NumPy writes is read, what is written comes back, and lies are found.

import Diptych
import TensorCore
import TensorFiles
import Testing

@Suite struct NumpyFileTests {
    /// `np.save` of an array with this header text, padded as NumPy pads.
    private func file(_ header: String, data: [UInt8]) -> [UInt8] {
        var text = Array(header.utf8)
        text += [UInt8](repeating: 0x20, count: 117 - text.count) + [0x0A]
        return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + text + data
    }

    @Test func whatIsWrittenComesBack() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.npy")
        for tensor in [
            Tensor([2, 3], [Float(1), -2, .infinity, 0, 0x1p-140, 3]), Tensor(7), Tensor([0, 4], [Float]()),
            Tensor([3], [Int32(-1), 0, .max]), Tensor([2], [UInt8(0), 255]),
        ] {
            try NumpyFile.write(tensor, to: path)
            #expect(try NumpyFile.read(path).tensor() == tensor)
            #expect(try folder.bytes("a.npy").count % 64 == tensor.type.byteCount % 64)
        }
    }

    @Test func whatNumPyWritesIsRead() throws {
        let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
        for shape in ["(2,)", "(1, 2)", "(2, 1, 1)"] {
            let bytes = file("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }", data: data)
            #expect(try NumpyFile.parse(bytes, name: "f").floats() == [1, -2])
        }
    }

    @Test(arguments: [
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + 1", "", "{'descr': '",
    ])
    func lies(header: String) {
        let bytes = file(header, data: [UInt8](repeating: 0, count: 8))
        #expect(throws: TensorFileError.self) { try NumpyFile.parse(bytes, name: "f") }
    }

    @Test func everyPrefixIsRefused() throws {
        let bytes = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", data: [0, 0, 0, 0, 0, 0, 0, 0])
        _ = try NumpyFile.parse(bytes, name: "f")
        for count in bytes.indices {
            #expect(throws: TensorFileError.self) { try NumpyFile.parse(Array(bytes[..<count]), name: "f") }
        }
    }
}
