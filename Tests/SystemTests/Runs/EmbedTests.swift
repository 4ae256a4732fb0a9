// `diptych embed`: the same features from a folder, a zip and a safetensors file, into either format.

import Foundation
import TensorCore
import TensorFiles
import TestSupport
import Testing

@Suite struct EmbedTests {
    private let folder = TemporaryFolder()

    init() throws {
        try TinyData.writeImages(to: folder.path("images"))
        let run = try ProgramRun(
            ["train", "--data", "images:" + folder.path("images"), "--steps", "2", "--out", folder.path("run")]
                + TestDevice.reference.option + TinyData.encoder + ["training.evaluateEvery=end"])
        try #require(run.status == 0, "\(run.messages)")
    }

    private func embed(_ input: String, to output: String, _ device: TestDevice = .reference) throws -> ProgramRun {
        try ProgramRun(
            [
                "embed", "--checkpoint", folder.path("run"), "--input", folder.path(input), "--output",
                folder.path(output),
            ] + device.option)
    }

    @Test("from a folder, a zip and a tensor, rows of unit length", arguments: TestDevice.all)
    func sources(device: TestDevice) throws {
        let images = try TinyData.images()
        var zip = TinyZip()
        for image in images.reversed() { zip.add(image.name, image.bytes) }
        zip.add("notes.txt", Array("no image".utf8))
        try DurableFile.write(zip.bytes, to: folder.path("images.zip"))

        let run = try embed("images", to: "features.safetensors", device)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.output.isEmpty)
        let line = "24 features of 16 elements: \(folder.path("features.safetensors"))\n"
        #expect(run.messages.hasSuffix(line), "\(run.messages)")
        let file = try SafetensorsFile.read(folder.path("features.safetensors"))
        let features = try file.tensor("features").tensor()
        let names = try JSONSerialization.jsonObject(with: Data((file.metadata["names"] ?? "").utf8)) as? [String]
        #expect(names == images.map(\.name), "the names of the rows")
        #expect(features.shape == [24, 16])
        for row in 0..<24 {
            let squares = features.floats[row * 16..<row * 16 + 16].map { $0 * $0 }
            #expect(abs(squares.reduce(0, +) - 1) < 1e-5, "row \(row)")
        }
        #expect(Set(features.floats).count > 24, "images differ")

        #expect(try embed("images.zip", to: "zip.npy", device).status == 0)
        let zipped = try NumpyFile.read(folder.path("zip.npy"))
        #expect(zipped.element == .float32)
        #expect(try zipped.tensor() == features, "names tell the order, not the place in the zip")
        let list = try String(contentsOfFile: folder.path("zip.npy.names.txt"), encoding: .utf8)
        #expect(list == images.map { $0.name + "\n" }.joined())
    }

    @Test("from either layout of a tensor of images", arguments: TestDevice.all)
    func tensors(device: TestDevice) throws {
        var generator = CounterGenerator(seed: 3, stream: 0)
        let pixels = (0..<5 * 64).map { _ in generator.nextUniform() }
        for (name, shape) in [("last", [5, 8, 8, 1] as Shape), ("first", [5, 1, 8, 8])] {
            var file = SafetensorsFile()
            file.append("images", Tensor(shape, pixels))
            try file.write(to: folder.path(name + ".safetensors"))
            #expect(try embed(name + ".safetensors", to: name + ".npy", device).status == 0)
        }
        let features = try NumpyFile.read(folder.path("first.npy")).tensor()
        #expect(features.shape == [5, 16])
        #expect(try embed("images", to: "first.npy", device).status == 0)
        #expect(try embed("first.safetensors", to: "first.npy", device).status == 0)
        #expect(try !folder.names().contains("first.npy.names.txt"), "no names of other rows stay")
        #expect(try NumpyFile.read(folder.path("last.npy")).tensor() == features)
    }

    @Test("devices agree", .requiresOpenCL)
    func devicesAgree() throws {
        #expect(try embed("images", to: "one.npy").status == 0)
        #expect(try embed("images", to: "other.npy", .openCL).status == 0)
        let (one, other) = (try NumpyFile.read(folder.path("one.npy")), try NumpyFile.read(folder.path("other.npy")))
        for (x, y) in zip(try one.floats(), try other.floats()) { #expect(abs(x - y) < 1e-5) }
    }

    @Test("what is no image is passed over, and told")
    func skipped() throws {
        try DurableFile.write(Array("no image".utf8), to: folder.path("images/class1/broken.png"))
        let run = try embed("images", to: "features.npy")
        #expect(run.status == 0)
        #expect(
            run.messages.contains(
                "warning: 1 image cannot be read and is left out: class1/broken.png (data verify tells why)\n"))
        let weights = folder.path("run/checkpoints/step-000002/weights.safetensors")
        #expect(run.messages.contains("weights: \(weights), step 2, epoch 1, the last of its run\n"))
        #expect(try NumpyFile.read(folder.path("features.npy")).shape == [24, 16])
    }

    @Test("an input that cannot be used is told, and the output of before stays")
    func badInputs() throws {
        let output = folder.path("features.npy")
        #expect(try embed("images", to: "features.npy").status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: output))
        var wrong = SafetensorsFile()
        wrong.append("images", Tensor([1, 9, 9, 1], repeating: 0.5))
        try wrong.write(to: folder.path("wrong.safetensors"))
        var zip = TinyZip()
        for image in try TinyData.images() { zip.add(image.name, image.bytes) }
        try DurableFile.write(zip.bytes.prefix(zip.bytes.count / 2), to: folder.path("cut.zip"))
        let faults = [
            "nowhere": "cannot read \(folder.path("nowhere")): No such file or directory",
            "wrong.safetensors": "tensor 'images' of \(folder.path("wrong.safetensors")): has the shape [1, 9, 9, 1], "
                + "expected [N, 8, 8, 1] or [N, 1, 8, 8], the encoder.inputSize=8 that the weights were trained with",
            "cut.zip": "\(folder.path("cut.zip")) cannot be read: it is no zip, or one that is cut short; "
                + "images by themselves are named by their folder",
        ]
        for (input, fault) in faults {
            let run = try embed(input, to: "features.npy")
            #expect(run.status == 65)
            #expect(run.errors == ["error: " + fault])
        }
        let run = try embed("images", to: "features.txt")
        #expect(run.status == 2)
        #expect(run.errors.count == 1 && run.messages.contains("ends in neither .safetensors nor .npy"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: output)) == before)
    }

    @Test("nothing that is read is written over")
    func ownSources() throws {
        let weights = "run/checkpoints/step-000002/weights.safetensors"
        var images = SafetensorsFile()
        images.append("images", Tensor([1, 8, 8, 1], repeating: 0.5))
        try images.write(to: folder.path("images.safetensors"))
        for name in ["images.safetensors", weights] {
            let before = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
            let run = try embed("images.safetensors", to: name)
            #expect(run.status == 2)
            #expect(run.errors.first?.contains("'\(folder.path(name))' is what is read, and would be lost") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path(name))) == before)
        }
    }
}
