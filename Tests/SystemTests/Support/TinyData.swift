// Data for whole runs in seconds: pairs and images of a few pixels, and the settings of an encoder for them.

import Foundation
import Imaging
import TensorCore
import TensorFiles

/// Small inputs, the same for each seed.
enum TinyData {
    /// The height and width of a view.
    static let size = 8

    /// Four channels, sixteen features, images of 8 x 8, eight pairs a step.
    static let encoder = ["encoder.channels=4", "encoder.features=16", "encoder.inputSize=\(size)", "data.batch=8"]

    /// Writes `count` pairs to `path`: each pair shares a coarse drawing, and each view has noise of its own.
    static func writePairs(_ count: Int, size: Int = size, to path: String) throws {
        var generator = CounterGenerator(seed: 1, stream: 0)
        let drawings = (0..<count * 16).map { _ in generator.nextUniform() < 0.4 ? Float(0.8) : 0.1 }
        var file = SafetensorsFile()
        for name in ["view1", "view2"] {
            let pixels = (0..<count * size * size).map { index in
                let (pair, row, column) = (index / size / size, index / size % size, index % size)
                return drawings[pair * 16 + row * 4 / size * 4 + column * 4 / size] + generator.nextUniform(-0.1, 0.1)
            }
            file.append(name, Tensor([count, size, size, 1], pixels))
        }
        try file.write(to: path)
    }

    /// Writes images of `classes` classes, each of `count`, into the folder `path`: bars at an angle of the class.
    static func writeImages(classes: Int = 3, each count: Int = 8, to path: String) throws {
        for (name, bytes) in try images(classes: classes, each: count) {
            let file = path + "/" + name
            try DurableFolder.create(URL(fileURLWithPath: file).deletingLastPathComponent().path)
            try DurableFile.write(bytes, to: file)
        }
    }

    /// The images of `writeImages` by name, `class0/00.png` and so on.
    static func images(classes: Int = 3, each count: Int = 8) throws -> [(name: String, bytes: [UInt8])] {
        try (0..<classes * count).map { index in
            let (kind, number) = (index / count, index % count)
            let angle = Double(kind) * .pi / Double(classes)
            let pixels = (0..<20 * 20).map { place -> UInt8 in
                let (x, y) = (Double(place % 20) - 9.5, Double(place / 20) - 9.5)
                let distance = x * sin(angle) - y * cos(angle) + Double(number - count / 2) * 0.4
                return abs(distance) < 3 ? 10 : 240
            }
            let png = try GrayImage(width: 20, height: 20, pixels: pixels).encodedPNG()
            return ("class\(kind)/0\(number).png", png)
        }
    }
}
