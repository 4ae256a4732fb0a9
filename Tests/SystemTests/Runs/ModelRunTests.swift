// Runs in which S has an encoder of its own, and contrastive learning a head.

import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite struct ModelRunTests {
    private let folder = TemporaryFolder()
    private let both = [
        "encoder.shared=false", "head.kind=mlp", "head.hidden=10", "head.outputs=6",
        "objective.forwardPredictive.weight=0.01", "objective.inversePredictive.weight=1",
    ]

    init() throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
    }

    private func train(_ out: String, steps: Int, _ device: TestDevice, _ more: [String]) throws -> RunRecord {
        let run = try ProgramRun(
            ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", String(steps)]
                + ["--out", folder.path(out)] + device.option + TinyData.encoder + more)
        #expect(run.status == 0, "\(run.messages)")
        return RunRecord(path: folder.path(out))
    }

    @Test("two encoders and a head: trained, resumed, embedded with the encoder of X", arguments: TestDevice.all)
    func twoEncodersAndHead(device: TestDevice) throws {
        let whole = try train("whole", steps: 5, device, both)
        let file = try whole.checkpoint(5)
        for (name, shape) in [
            ("f.0.weight", [4, 1, 3, 3]), ("f.16.weight", [16, 4]), ("s.f.0.weight", [4, 1, 3, 3]),
            ("s.f.16.bias", [16]), ("head.0.weight", [10, 16]), ("head.2.weight", [6, 10]), ("head.2.bias", [6]),
            ("recon.f.0.weight", [4, 16]),
        ] { #expect(try file.tensor(name).shape == Shape(shape), "\(name)") }
        for name in ["f.1.num_batches_tracked", "s.f.1.num_batches_tracked"] {
            #expect(try file.tensor(name).integers() == [5], "each encoder sees one view of each step")
        }
        #expect(try file.tensor("f.0.weight").floats() != file.tensor("s.f.0.weight").floats())

        _ = try train("run", steps: 3, device, both)
        let resumed = try ProgramRun(["train", "--out", folder.path("run"), "--resume", "auto", "--steps", "5"])
        #expect(resumed.status == 0, "\(resumed.messages)")
        let record = RunRecord(path: folder.path("run"))
        #expect(try record.checkpointBytes(5)[0] == whole.checkpointBytes(5)[0])
        #expect(try record.timelessMetrics() == whole.timelessMetrics())
        try embed(whole, file, device)
    }

    /// The weights of the encoder of X alone give the same features.
    private func embed(_ run: RunRecord, _ file: SafetensorsFile, _ device: TestDevice) throws {
        var alone = SafetensorsFile(metadata: file.metadata)
        for tensor in file.tensors where tensor.name.hasPrefix("f.") {
            if tensor.element == .int64 {
                alone.append(tensor.name, integers: try tensor.integers(), shape: .scalar)
            } else {
                alone.append(tensor.name, try tensor.tensor())
            }
        }
        try alone.write(to: folder.path("alone.safetensors"))
        try TinyData.writeImages(to: folder.path("images"))
        let features = try [run.path, folder.path("alone.safetensors")].map { checkpoint in
            let output = folder.path("features.npy")
            let embedded = try ProgramRun(
                ["embed", "--checkpoint", checkpoint, "--input", folder.path("images"), "--output", output]
                    + device.option)
            #expect(embedded.status == 0, "\(embedded.messages)")
            return try Data(contentsOf: URL(fileURLWithPath: output))
        }
        #expect(features[0] == features[1])
        let judged = try ProgramRun(
            ["evaluate", "--checkpoint", run.path, "--data", "images:" + folder.path("images")] + device.option)
        #expect(judged.status == 0, "\(judged.messages)")
    }

    @Test("each choice changes what is computed, and only that")
    func choices() throws {
        let plain = try train("plain", steps: 1, .reference, []).values("loss")
        #expect(
            try train("same", steps: 1, .reference, ["encoder.shared=true", "head.kind=identity"]).values("loss")
                == plain)
        let linear = try train("linear", steps: 1, .reference, ["head.kind=linear", "head.outputs=5"])
        #expect(try linear.values("loss") != plain)
        #expect(
            Set(try linear.checkpoint(1).names.filter { $0.hasPrefix("head.") }) == ["head.0.weight", "head.0.bias"])
        #expect(try train("two", steps: 1, .reference, ["encoder.shared=false"]).values("loss") != plain)
        let inverse = [
            "objective.contrastive.weight=0", "objective.inversePredictive.weight=1", "head.kind=linear",
        ]
        #expect(
            try !train("inverse", steps: 1, .reference, inverse).checkpoint(1).names.contains { $0.hasPrefix("head.") },
            "nothing but the contrastive term needs a head")
        let other = try ProgramRun(["train", "--out", folder.path("linear"), "--resume", "auto", "head.outputs=6"])
        #expect(other.status == 2)
    }
}
