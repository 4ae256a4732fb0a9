// Resampling against images that Pillow made, bit for bit.

import Diptych
import Imaging
import TensorCore
import TensorFiles
import Testing

@Suite struct ResampleGoldenTests {
    /// The cases of one kind in Tests/Golden/resample.safetensors: input, output, numbers.
    private struct Case {
        let name: String
        let input: Tensor
        let output: Tensor
        let numbers: [Double]

        var source: GrayImage { image(input) }

        func image(_ tensor: Tensor) -> GrayImage {
            GrayImage(width: tensor.shape[1], height: tensor.shape[0], pixels: tensor.bytes)
        }
    }

    private func cases(_ kind: String) throws -> [Case] {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try SafetensorsFile.read("/\(folder)/Golden/resample.safetensors")
        var cases: [Case] = []
        while let input = file["\(kind).\(cases.count).in"] {
            let name = "\(kind).\(cases.count)"
            let numbers = try file.tensor(name + ".of")
            let values = numbers.element.isInteger ? try numbers.integers().map(Double.init) : numbers.doubles
            cases.append(
                Case(
                    name: name, input: try input.tensor(), output: try file.tensor(name + ".out").tensor(),
                    numbers: values))
        }
        #expect(!cases.isEmpty)
        return cases
    }

    @Test func resize() throws {
        for item in try cases("resize") {
            let image = item.source.resized(width: Int(item.numbers[0]), height: Int(item.numbers[1]))
            #expect(image == item.image(item.output), "\(item.name)")
        }
    }

    @Test func cropThenResize() throws {
        for item in try cases("crop") {
            let n = item.numbers.map { Int($0) }
            let crop = PixelRectangle(x: n[0], y: n[1], width: n[2], height: n[3])
            let image = item.source.cropped(to: crop).resized(width: n[4], height: n[5])
            #expect(image == item.image(item.output), "\(item.name)")
        }
    }

    @Test func affineNearest() throws {
        for item in try cases("affine") {
            let n = item.numbers
            let map = AffineMap(matrix: (n[0], n[1], n[2], n[3], n[4], n[5]))
            #expect(item.source.transformed(by: map, fill: UInt8(n[6])) == item.image(item.output), "\(item.name)")
        }
    }

    @Test func viewsAsTheAuthorsMakeThem() throws {
        for item in try cases("view") {
            let n = item.numbers.map { Int($0) }
            let parameters = ViewParameters(
                angle: Float(item.numbers[0]), shiftX: n[1], shiftY: n[2],
                crop: PixelRectangle(x: n[3], y: n[4], width: n[5], height: n[6]))
            let view = makeView(of: item.source, parameters, augmentation: .authors, size: n[7])
            #expect(view == item.output.bytes, "\(item.name)")
        }
    }

    @Test(arguments: ["grey", "jpeg"]) func filesBecomeLight(kind: String) throws {
        for item in try cases(kind) {
            #expect(
                try GrayImage(decoding: item.input.bytes, name: item.name) == item.image(item.output), "\(item.name)")
        }
    }
}

extension ResampleGoldenTests {
    @Test func damagedJPEGsAreReadOrRefused() throws {
        let bytes = try cases("jpeg")[0].input.bytes
        for count in 0..<bytes.count - 2 {
            #expect(throws: ImagingError.self) { try GrayImage(decoding: Array(bytes[..<count]), name: "f") }
        }
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(bit)
                guard let image = try? GrayImage(decoding: damaged, name: "f") else { continue }
                #expect(image.pixels.count == image.width * image.height)
            }
        }
    }
}

extension FileTensor {
    /// The elements of a float64 tensor.
    fileprivate var doubles: [Double] {
        stride(from: 0, to: bytes.count, by: 8).map { offset in
            Double(bitPattern: bytes.dropFirst(offset).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }
}
