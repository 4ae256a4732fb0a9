// `diptych evaluate`: on which data which weights are judged, and what is refused.

import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite struct EvaluateTests {
    private let folder = TemporaryFolder()
    private var run: String { folder.path("run") }
    private var weights: String { run + "/checkpoints/step-000006/weights.safetensors" }

    init() throws {
        try TinyData.writeImages(to: folder.path("images"))
        let run = try train(
            folder.path("images"), ["--epochs", "2", "training.checkpointEvery=3", "evaluation.labelled=4"])
        try #require(run.status == 0, "\(run.messages)")
    }

    private func train(_ data: String, _ more: [String], out: String = "run", home: String? = nil) throws -> ProgramRun
    {
        try ProgramRun(
            ["train", "--data", data, "--out", folder.path(out)] + TestDevice.reference.option + TinyData.encoder
                + more,
            environment: home.map { ["HOME": $0] } ?? [:])
    }

    private func evaluate(_ checkpoint: String, _ more: String...) throws -> ProgramRun {
        try ProgramRun(["evaluate", "--checkpoint", checkpoint] + TestDevice.reference.option + more)
    }

    private func json(_ run: ProgramRun) throws -> [String: Any] {
        try #require(run.status == 0, "\(run.messages)")
        return try #require(try run.json() as? [String: Any])
    }

    @Test("without more words on the data and by the protocol of the run")
    func dataOfTheRun() throws {
        let judged = try evaluate(run, "--json")
        let result = try json(judged)
        #expect(judged.messages.contains("data: images:\(folder.path("images")), as the run has it\n"))
        #expect(result["data"] as? String == "images:" + folder.path("images"))
        let facts = result["protocol"] as? [String: Any]
        #expect(facts?["labelledPerClass"] as? Int == 4 && facts?["queries"] as? Int == 12)
        let online = try RunRecord(path: run).metrics().last?["evaluation"] as? [String: Any]
        #expect(result["accuracy"] as? Double == online?["accuracy"] as? Double)
        #expect(try json(evaluate(weights, "--json"))["data"] as? String == result["data"] as? String)
    }

    @Test("a checkpoint that is not the last says so, a file by itself wants its data named")
    func otherWeights() throws {
        let first = run + "/checkpoints/step-000003"
        let checkpoint = try json(evaluate(first, "--json"))["checkpoint"] as? [String: Any]
        #expect(checkpoint?["step"] as? Int == 3 && checkpoint?["epoch"] as? Int == 1)
        #expect(checkpoint?["isLast"] as? Bool == false)
        let plain = try evaluate(first)
        #expect(
            plain.output.hasSuffix("weights: \(first)/weights.safetensors, step 3, epoch 1, not the last of its run\n"))

        let file = folder.path("alone.safetensors")
        try FileManager.default.copyItem(atPath: weights, toPath: file)
        let unknown = try evaluate(file)
        #expect(unknown.status == 2)
        #expect(unknown.errors.first?.contains("--data: must be named: nothing tells on what \(file) was") == true)
        let named = try json(evaluate(file, "--data", folder.path("images"), "--json"))
        let origin = named["checkpoint"] as? [String: Any]
        #expect(origin?["file"] as? String == file && origin?["step"] is NSNull && origin?["isLast"] is NSNull)
    }

    @Test("a checkpoint whose files are not as they were saved is refused")
    func damaged() throws {
        let url = URL(fileURLWithPath: weights)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: url)
        let output = ["--output", folder.path("features.npy")]
        for run in [
            try evaluate(run), try evaluate(weights),
            try ProgramRun(["embed", "--checkpoint", run, "--input", folder.path("images")] + output),
            try train(folder.path("images"), ["--steps", "1", "--init", run], out: "new"),
        ] {
            #expect(run.status == 65, "\(run.messages)")
            #expect(run.errors.first?.contains("weights.safetensors is not the file that") == true)
        }
        #expect(try Set(folder.names()) == ["images", "run"])
    }

    @Test("weights that are no numbers are refused")
    func notFinite() throws {
        var copy = SafetensorsFile()
        for tensor in try SafetensorsFile.read(weights).tensors {
            if tensor.element == .int64 {
                copy.append(tensor.name, integers: try tensor.integers(), shape: .scalar)
            } else {
                var numbers = try tensor.floats()
                if tensor.name == "f.4.bias" { numbers[2] = .nan }
                copy.append(tensor.name, Tensor(tensor.shape, numbers))
            }
        }
        let file = folder.path("bad.safetensors")
        try copy.write(to: file)
        let output = ["--output", folder.path("features.npy")]
        for run in [
            try evaluate(file, "--data", folder.path("images")),
            try ProgramRun(["embed", "--checkpoint", file, "--input", folder.path("images")] + output),
            try train(folder.path("images"), ["--steps", "1", "--init", file], out: "new"),
        ] {
            #expect(run.status == 65, "\(run.messages)")
            #expect(run.errors == ["error: tensor 'f.4.bias' of \(file): holds nan at [2], which is no weight"])
        }
    }

    @Test("more neighbours than labelled images are told as what they are")
    func neighbours() throws {
        let run = try evaluate(run, "--neighbours", "1000")
        #expect(run.messages.contains("warning: 12 images are labelled: all of them vote, not 1000\n"))
        #expect(run.output.contains("3-way 12-NN by cosine, 4 labelled per class"))
        let many = try evaluate(self.run, "--labelled", "9")
        #expect(many.status == 2)
        #expect(
            many.errors.first?.contains("cannot be judged: no class has more than evaluation.labelled=9 images") == true
        )
    }

    @Test("labelled pairs are judged by their first views")
    func pairs() throws {
        try TinyData.writePairs(24, to: folder.path("plain.safetensors"))
        let plain = try SafetensorsFile.read(folder.path("plain.safetensors"))
        var file = SafetensorsFile()
        for name in plain.names { file.append(name, try plain.tensor(name).tensor()) }
        file.append("label", integers: (0..<24).map { Int64($0 % 4) * 10 }, shape: [24])
        try file.write(to: folder.path("pairs.safetensors"))
        let trained = try train(folder.path("pairs.safetensors"), ["--steps", "2"], out: "pairs")
        #expect(trained.status == 0, "\(trained.messages)")
        #expect(trained.output.contains("4-way 1-NN by cosine, 5 labelled per class, 4 queries; images trained on\n"))
        let result = try json(evaluate(folder.path("pairs"), "--json"))
        #expect(result["data"] as? String == "pairs:" + folder.path("pairs.safetensors"))
        #expect((result["protocol"] as? [String: Any])?["split"] as? String == "pairs")

        let unlabelled = try evaluate(run, "--data", folder.path("plain.safetensors"))
        #expect(unlabelled.status == 2)
        #expect(unlabelled.errors.first?.contains("no labels to judge by: the file has no tensor 'label'") == true)
    }

    @Test("images without labels, or that cannot be read, are told, and a path may begin with ~/")
    func images() throws {
        try DurableFile.write(Array("no image".utf8), to: folder.path("images/class1/broken.png"))
        let warning = "warning: 1 image cannot be read and is left out: class1/broken.png (data verify tells why)\n"
        let trained = try train("images:~/images", ["--steps", "1"], out: "home", home: folder.path("."))
        #expect(trained.status == 0, "\(trained.messages)")
        #expect(trained.messages.contains(warning))
        #expect(try evaluate(run).messages.contains(warning))
        let environment =
            try JSONSerialization.jsonObject(
                with: RunRecord(path: folder.path("home")).bytes("environment.json")) as? [String: Any]
        #expect(environment?["skipped"] as? [String] == ["class1/broken.png"])

        let flat = try train(folder.path("images/class0"), ["--steps", "1"], out: "flat")
        #expect(flat.status == 0, "\(flat.messages)")
        #expect(
            flat.messages.contains(
                "data: not every image lies in a sub-folder, which would be its class: the run trains and is not evaluated\n"
            ))
        let nothing = try train(folder.path("nowhere"), ["--steps", "1"], out: "none")
        #expect(nothing.status == 65)
        #expect(nothing.errors == ["error: cannot read \(folder.path("nowhere")): no such file or folder"])
    }
}
