// A whole small run through the command line, and what other programs find in its folder.

import Configuration
import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite struct WholeRunTests {
    private let folder = TemporaryFolder()

    @Test("train on pairs", arguments: TestDevice.all)
    func pairs(device: TestDevice) throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
        let arguments = ["training.checkpointEvery=2", "objective.inversePredictive.weight=1"] + TinyData.encoder
        let run = try ProgramRun(
            [
                "train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", "5", "--out",
                folder.path("run"),
            ]
                + device.option + arguments)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.output == "results: \(folder.path("run"))\n", "pairs without labels are not judged")
        #expect(
            run.messages.contains("data: the file has no tensor 'label': the run trains and is not evaluated\n"))

        let events = try folder.names(in: "run").filter { $0.hasPrefix("events.out.tfevents.") }
        #expect(events.count == 1)
        #expect(
            try Set(folder.names(in: "run"))
                == Set(["checkpoints", "config.yaml", "environment.json", "metrics.jsonl"] + events))
        let record = RunRecord(path: folder.path("run"))
        #expect(try record.checkpointNames() == ["step-000002", "step-000004", "step-000005"])
        try checkMetrics(record)
        try checkConfiguration(record, device)
        try checkEnvironment(record)
        try checkWeights(record.checkpoint(5))
    }

    private func checkMetrics(_ record: RunRecord) throws {
        let lines = try record.metrics()
        #expect(try record.steps() == [1, 2, 3, 4, 5])
        #expect(lines.compactMap { $0["epoch"] as? Int } == [1, 1, 2, 2, 3], "20 pairs are two steps of 8")
        let keys: Set = [
            "step", "epoch", "loss", "contrastive", "inversePredictive", "learningRate", "viewsPerSecond",
        ]
        for line in lines {
            #expect(Set(line.keys) == keys)
            let (loss, contrastive) = (line["loss"] as? Double ?? .nan, line["contrastive"] as? Double ?? .nan)
            let inverse = line["inversePredictive"] as? Double ?? .nan
            #expect(abs(loss - contrastive - inverse) < 1e-5 * loss, "the loss is the sum of its terms")
            #expect(line["learningRate"] as? Double == 0.001)
            #expect(line["viewsPerSecond"] as? Double ?? 0 > 0)
        }
    }

    private func checkConfiguration(_ record: RunRecord, _ device: TestDevice) throws {
        let configuration = try TrainingConfiguration(file: record.path + "/config.yaml")
        #expect(configuration.training.steps == 5 && configuration.training.epochs == nil)
        #expect(configuration.encoder.channels == 4 && configuration.data.batch == 8)
        #expect(configuration.device == device.option[1])
        #expect(configuration.yaml == String(decoding: try record.bytes("config.yaml"), as: UTF8.self))
    }

    private func checkEnvironment(_ record: RunRecord) throws {
        let environment = try JSONSerialization.jsonObject(with: record.bytes("environment.json")) as? [String: Any]
        let digest = try SHA256.hash(fileAt: folder.path("pairs.safetensors")).description
        #expect((environment?["data"] as? [[String: String]])?.first == ["name": "pairs", "sha256": digest])
        for key in ["device", "driver", "backend", "toolchain", "version"] {
            #expect((environment?[key] as? String)?.isEmpty == false, "\(key)")
        }
    }

    /// Names, shapes and types as PyTorch has them.
    private func checkWeights(_ file: SafetensorsFile) throws {
        var expected: [String: [Int]] = ["f.0.weight": [4, 1, 3, 3], "f.16.weight": [16, 4], "f.16.bias": [16]]
        for name in ["f.3.weight", "f.7.weight", "f.11.weight"] { expected[name] = [4, 4, 3, 3] }
        for name in ["f.0.bias", "f.3.bias", "f.7.bias", "f.11.bias"] { expected[name] = [4] }
        for layer in ["f.1", "f.4", "f.8", "f.12"] {
            for part in ["weight", "bias", "running_mean", "running_var"] { expected["\(layer).\(part)"] = [4] }
            expected["\(layer).num_batches_tracked"] = []
        }
        #expect(Set(file.names) == Set(expected.keys))
        for (name, shape) in expected {
            #expect(try file.tensor(name).shape == Shape(shape), "\(name)")
            #expect(try file.tensor(name).element == (shape.isEmpty ? .int64 : .float32), "\(name)")
        }
        #expect(try file.tensor("f.1.num_batches_tracked").integers() == [10], "two views in each of five steps")
    }

    @Test("train on images, and be judged", arguments: TestDevice.all)
    func images(device: TestDevice) throws {
        try TinyData.writeImages(to: folder.path("images"))
        let run = try ProgramRun(
            ["train", "--data", "images:" + folder.path("images"), "--epochs", "2", "--out", folder.path("run")]
                + device.option + TinyData.encoder + ["training.evaluateEvery=1"])
        #expect(run.status == 0, "\(run.messages)")
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        try #require(lines.count >= 7, "\(run.output)")
        #expect(lines[0].hasPrefix("representation") && lines[0].hasSuffix("accuracy"))
        #expect(lines[2].hasPrefix("raw pixels  ") && lines[3].hasPrefix("untrained encoder  "))
        #expect(lines[4].hasPrefix("trained encoder, epoch 2  ") && lines[4].hasSuffix("%"))
        #expect(
            run.output.hasSuffix(
                "\n\n3-way 1-NN by cosine, 5 labelled per class, 9 queries; images trained on\n"
                    + "results: \(folder.path("run"))\n"))

        let record = RunRecord(path: folder.path("run"))
        #expect(try record.steps() == Array(1...6), "24 images are three steps of 8")
        for line in try record.metrics() {
            let evaluation = line["evaluation"] as? [String: Any]
            #expect((evaluation != nil) == [3, 6].contains(line["step"] as? Int))
            guard let evaluation else { continue }
            #expect(0...1 ~= evaluation["accuracy"] as? Double ?? -1)
            let facts = evaluation["protocol"] as? [String: Any] ?? [:]
            #expect(facts["classifier"] as? String == "nearestNeighbours" && facts["neighbours"] as? Int == 1)
            #expect(facts["labelledPerClass"] as? Int == 5 && facts["queries"] as? Int == 9)
            #expect(facts["moment"] as? String == "online" && facts["split"] as? String == "images")
        }
        try evaluate(record, device)
    }

    /// The checkpoint alone has the accuracy that the run had at its end.
    private func evaluate(_ record: RunRecord, _ device: TestDevice) throws {
        let arguments = ["evaluate", "--checkpoint", record.path, "--data", "images:" + folder.path("images")]
        let run = try ProgramRun(arguments + device.option + ["--json", "--baselines"])
        #expect(run.status == 0, "\(run.messages)")
        let result = try #require(try run.json() as? [String: Any])
        let online = try record.metrics().last?["evaluation"] as? [String: Any]
        #expect(result["accuracy"] as? Double == online?["accuracy"] as? Double)
        #expect((result["protocol"] as? [String: Any])?["moment"] as? String == "offline")
        for key in ["rawPixels", "untrained"] {
            let baseline = result[key] as? [String: Any]
            #expect(0...1 ~= baseline?["accuracy"] as? Double ?? -1, "\(key)")
            #expect(baseline?["protocol"] != nil, "\(key)")
        }
        let plain = try ProgramRun(arguments + device.option)
        #expect(plain.output.contains("checkpoint"))
        let weights = record.path + "/checkpoints/step-000006/weights.safetensors"
        #expect(
            plain.output.hasSuffix(
                """
                3-way 1-NN by cosine, 5 labelled per class, 9 queries, offline
                data: images:\(folder.path("images")), which training saw
                weights: \(weights), step 6, epoch 2, the last of its run

                """))
        #expect(result["data"] as? String == "images:" + folder.path("images"))
        let checkpoint = try #require(result["checkpoint"] as? [String: Any])
        #expect(checkpoint["file"] as? String == weights && checkpoint["isLast"] as? Bool == true)
        #expect(checkpoint["step"] as? Int == 6 && checkpoint["epoch"] as? Int == 2)
    }

    @Test("two runs with one seed have the same bits", arguments: TestDevice.all)
    func sameBits(device: TestDevice) throws {
        try TinyData.writeImages(to: folder.path("images"))
        let records = try ["1", "2", "3"].map { name in
            let run = try ProgramRun(
                ["train", "--data", "images:" + folder.path("images"), "--steps", "4", "--out", folder.path(name)]
                    + device.option + TinyData.encoder + ["--seed", name == "3" ? "8" : "7"])
            #expect(run.status == 0, "\(run.messages)")
            return RunRecord(path: folder.path(name))
        }
        #expect(try records[0].checkpointBytes(4) == records[1].checkpointBytes(4))
        #expect(try records[0].timelessMetrics() == records[1].timelessMetrics())
        #expect(try records[0].checkpointBytes(4) != records[2].checkpointBytes(4), "another seed")
    }

    @Test("steps that run ahead have the bits of steps one at a time", arguments: TestDevice.all)
    func runningAhead(device: TestDevice) throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
        // A step that is saved is read before the next begins.
        let records = try ["1", "1000"].map { every in
            let run = try ProgramRun(
                ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", "9"]
                    + ["--out", folder.path(every), "training.checkpointEvery=\(every)"] + device.option
                    + TinyData.encoder)
            #expect(run.status == 0, "\(run.messages)")
            return RunRecord(path: folder.path(every))
        }
        #expect(try records[0].steps() == Array(1...9))
        #expect(try records[0].timelessMetrics() == records[1].timelessMetrics())
        for name in ["weights.safetensors", "state.safetensors"] {
            let files = try records.map { try $0.checkpoint(9, name) }
            #expect(files[0].names == files[1].names && !files[0].names.isEmpty)
            for tensor in files[0].names {
                #expect(try files[0].tensor(tensor).bytes == files[1].tensor(tensor).bytes, "\(tensor)")
            }
        }
    }

    @Test("start from weights")
    func initialWeights() throws {
        try TinyData.writePairs(8, to: folder.path("pairs.safetensors"))
        func train(_ out: String, _ more: [String]) throws -> RunRecord {
            let run = try ProgramRun(
                ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--out", folder.path(out)]
                    + TestDevice.reference.option + TinyData.encoder + more)
            #expect(run.status == 0, "\(run.messages)")
            return RunRecord(path: folder.path(out))
        }
        let first = try train("first", ["--steps", "3"])
        let weights = first.path + "/checkpoints/step-000003/weights.safetensors"
        let second = try train("second", ["--steps", "1", "--init", weights, "--seed", "5"])
        let same = try train("same", ["--steps", "1", "--init", first.path, "--seed", "6"])
        let fresh = try train("fresh", ["--steps", "1", "--seed", "5"])
        #expect(try second.values("loss") == same.values("loss"), "the weights, not the seed, decide")
        #expect(try second.values("loss") != fresh.values("loss"))
    }
}
