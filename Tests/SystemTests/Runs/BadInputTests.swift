// What a person may get wrong, and what may fail: one line that says what and where, the right status, nothing lost.

import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite struct BadInputTests {
    private let folder = TemporaryFolder()

    init() throws {
        try TinyData.writePairs(16, to: folder.path("pairs.safetensors"))
    }

    private func train(_ data: String, _ more: [String] = [], environment: [String: String] = [:]) throws -> ProgramRun
    {
        try ProgramRun(
            ["train", "--data", data, "--steps", "2", "--device", "reference", "--out", folder.path("run")]
                + TinyData.encoder + more, environment: environment)
    }

    private func expect(_ run: ProgramRun, status: Int32, saying words: String..., line: Int = #line) {
        #expect(run.status == status, "line \(line): \(run.messages)")
        #expect(run.errors.count == 1, "line \(line): \(run.messages)")
        for word in words { #expect(run.errors.first?.contains(word) == true, "line \(line): \(run.messages)") }
    }

    @Test("files that are missing or damaged")
    func files() throws {
        expect(try train("pairs:" + folder.path("none.safetensors")), status: 65, saying: "none.safetensors")
        try Data([255, 255, 255, 255, 255, 255, 255, 127, 0]).write(to: folder.url.appending(path: "bad.safetensors"))
        expect(try train("pairs:" + folder.path("bad.safetensors")), status: 65, saying: "bad.safetensors")
        expect(try train("omniglot:" + folder.path("nowhere")), status: 65, saying: "nowhere", "no such folder")
        expect(try train("images:" + folder.path("nowhere")), status: 65, saying: "nowhere")
        try Data([1, 2, 3]).write(to: folder.url.appending(path: "images_background.zip"))
        expect(try train("omniglot:" + folder.path("")), status: 65, saying: "images_background.zip")
        let pairs = "pairs:" + folder.path("pairs.safetensors")
        expect(try train(pairs, ["--init", folder.path("bad.safetensors")]), status: 65, saying: "bad.safetensors")
        try Data("objective: [".utf8).write(to: folder.url.appending(path: "bad.yaml"))
        expect(try train(pairs, ["--config", folder.path("bad.yaml")]), status: 65, saying: "bad.yaml:2:1:")
        #expect(try folder.names(in: "").contains("run") == false, "a run was begun")
    }

    @Test("words that mean nothing name what was meant")
    func words() throws {
        let pairs = "pairs:" + folder.path("pairs.safetensors")
        expect(try ProgramRun(["trian"]), status: 2, saying: "trian", "train")
        expect(try train(pairs, ["--epoch", "3"]), status: 2, saying: "--epoch", "epochs")
        expect(try train(pairs, ["optimizer.learningrate=1"]), status: 2, saying: "optimizer.learningRate")
        expect(
            try train(pairs, ["objective.contrastive.kind=ntxent"]), status: 2, saying: "infoNCE, ntXent, jensenShannon"
        )
        expect(try train("glyph"), status: 2, saying: "'glyph'", "glyphs")
    }

    @Test("a device cannot make views that are made already")
    func givenViews() throws {
        for data in ["pairs:" + folder.path("pairs.safetensors"), folder.path("pairs.safetensors")] {
            expect(
                try train(data, ["data.placement=device"]), status: 2,
                saying: "data.placement is device, and the views of this data are made already; set auto or host")
        }
        #expect(try folder.names(in: "").contains("run") == false, "a run was begun")
    }

    @Test("devices that are not there")
    func devices() throws {
        let none = ["OCL_ICD_VENDORS": folder.path("empty"), "DIPTYCH_CACHE": folder.path("cache")]
        try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
        expect(
            try ProgramRun(["check", "--operation", "adam", "--device", "cpu"], environment: none), status: 69,
            saying: "cpu")
        let unknown = try ProgramRun(["check", "--device", "nope"] + ["--operation", "adam"], environment: none)
        expect(unknown, status: 69, saying: "'nope': there is none; `reference` needs none")
        let check = try ProgramRun(["check", "--operation", "adam"], environment: none)
        #expect(check.status == 0, "\(check.messages)")
        #expect(check.messages.contains("there is no OpenCL device"))
    }

    @Test("an environment variable that means nothing")
    func environment() throws {
        let check = ["check", "--operation", "softmax"] + TestDevice.reference.option
        for level in ["verbose", "5", "-1"] {
            expect(
                try ProgramRun(check, environment: ["DIPTYCH_TRACE": level]), status: 2,
                saying: "DIPTYCH_TRACE: '\(level)' is not a whole number from 0 to 4 (see diptych --help)")
        }
        for level in ["0", ""] {
            #expect(try ProgramRun(check, environment: ["DIPTYCH_TRACE": level]).status == 0)
        }
    }

    @Test("a folder that cannot be made, and one that is taken")
    func folders() throws {
        try Data().write(to: folder.url.appending(path: "file"))
        let pairs = "pairs:" + folder.path("pairs.safetensors")
        let below = try ProgramRun(
            ["train", "--data", pairs, "--steps", "1", "--device", "reference", "--out", folder.path("file/run")]
                + TinyData.encoder)
        expect(below, status: 73, saying: "file/run")
        #expect(try train(pairs).status == 0)
        expect(try train(pairs), status: 73, saying: "a run is there")
    }

    @Test("a loss that is no number stops the run, and what was saved stays")
    func notFinite() throws {
        let run = try train(
            "pairs:" + folder.path("pairs.safetensors"),
            ["optimizer.learningRate=1e30", "training.checkpointEvery=1", "--steps", "20"])
        expect(run, status: 1, saying: "contrastive", "at step")
        #expect(try !RunRecord(path: folder.path("run")).checkpointNames().isEmpty)
        #expect(run.errors.first?.contains("a new run (another --out) with a smaller optimizer.learningRate") == true)
        let advised = try train(
            "pairs:" + folder.path("pairs.safetensors"),
            ["--out", folder.path("next"), "optimizer.learningRate=1e-4"])
        #expect(advised.status == 0, "\(advised.messages)")
    }

    @Test("the step that is told is the one whose loss it was, though another was under way", arguments: TestDevice.all)
    func notFiniteUnderWay(device: TestDevice) throws {
        let run = try train(
            "pairs:" + folder.path("pairs.safetensors"),
            ["optimizer.learningRate=1e30", "training.checkpointEvery=1000", "--steps", "20"] + device.option)
        let record = RunRecord(path: folder.path("run"))
        let steps = try record.steps()
        #expect(!steps.isEmpty && steps == Array(1...steps.count))
        expect(run, status: 1, saying: "of the loss is", "at step \(steps.count + 1): ")
        #expect(try record.checkpointNames().isEmpty)
    }

    @Test("weights that are no numbers are not saved, though the loss of their step was one")
    func diverged() throws {
        let run = try train(
            "pairs:" + folder.path("pairs.safetensors"),
            ["optimizer.kind=sgd", "optimizer.learningRate=3e38", "objective.contrastive.weight=1e6", "--steps", "1"])
        expect(run, status: 1, saying: "' holds ", "after step 1, which is not saved")
        let record = RunRecord(path: folder.path("run"))
        #expect(try record.checkpointNames().isEmpty)
        #expect(try record.steps() == [1])
    }

    @Test("too few images to judge by are trained on")
    func fewImages() throws {
        try TinyData.writeImages(classes: 4, each: 3, to: folder.path("images"))
        let run = try train("images:" + folder.path("images"))
        #expect(run.status == 0, "\(run.messages)")
        #expect(
            run.messages.contains(
                "warning: no class has more than evaluation.labelled=5 images: the run trains and is not evaluated"))
        #expect(run.output == "results: \(folder.path("run"))\n")
    }

    @Test("images of one class are trained on, and not called known")
    func oneClass() throws {
        try TinyData.writeImages(classes: 1, each: 12, to: folder.path("images"))
        let run = try train("images:" + folder.path("images"))
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.messages.contains("warning: all images are of one class: the run trains and is not evaluated"))
        let evaluation = try ProgramRun(
            ["evaluate", "--checkpoint", folder.path("run")] + TestDevice.reference.option)
        #expect(evaluation.status == 2)
        #expect(evaluation.errors.first?.contains("cannot be judged: all images are of one class") == true)
    }

    @Test("a step that no device can hold leaves no run behind", .requiresOpenCL)
    func tooLarge() throws {
        let sizes = ["encoder.inputSize=1024", "encoder.channels=512", "data.batch=2"] + TestDevice.openCL.option
        expect(
            try ProgramRun(["bench", "step"] + sizes), status: 1, saying: "for one value float32[4, 1024, 1024, 512]")
        try TinyData.writePairs(2, size: 1024, to: folder.path("large.safetensors"))
        let run = try ProgramRun(
            ["train", "--data", "pairs:" + folder.path("large.safetensors"), "--out", folder.path("run")] + sizes)
        expect(run, status: 1, saying: "for one value float32[4, 1024, 1024, 512]")
        #expect(try folder.names().contains("run") == false)
        #expect(!run.messages.contains("run: "))
    }

    @Test("numbers that no run reaches are refused")
    func numbers() throws {
        let begin = ["train", "--device", "reference", "--out", folder.path("run")]
        expect(
            try ProgramRun(begin + ["--epochs", String(Int.max)]), status: 2, saying: "training.epochs", "1000000000")
        expect(try ProgramRun(begin + ["--steps", String(Int.max)]), status: 2, saying: "training.steps")
    }

    @Test("weights that count more batches than there can be are refused")
    func counters() throws {
        #expect(try train("pairs:" + folder.path("pairs.safetensors")).status == 0)
        let path = folder.path("run/checkpoints/step-000002/weights.safetensors")
        let file = try SafetensorsFile.read(path)
        for (name, count) in [("more.safetensors", Int64.max), ("less.safetensors", -1)] {
            var copy = SafetensorsFile(metadata: file.metadata)
            for tensor in file.tensors {
                if tensor.name == "f.4.num_batches_tracked" {
                    copy.append(tensor.name, integers: [count], shape: .scalar)
                } else if tensor.element == .int64 {
                    copy.append(tensor.name, integers: try tensor.integers(), shape: .scalar)
                } else {
                    copy.append(tensor.name, try tensor.tensor())
                }
            }
            try copy.write(to: folder.path(name))
            let run = try train(
                "pairs:" + folder.path("pairs.safetensors"), ["--init", folder.path(name), "--out", folder.path("new")])
            expect(run, status: 65, saying: name, "f.4.num_batches_tracked", "from 0 to 16777216")
        }
    }

    @Test("a full disk: status 74, the checkpoint before is whole, and the run goes on when there is room")
    func fullDisk() throws {
        let pairs = "pairs:" + folder.path("pairs.safetensors")
        #expect(try train(pairs).status == 0)
        let record = RunRecord(path: folder.path("run"))
        let before = try record.checkpointBytes(2)
        // `ulimit -f` counts blocks of 1024 bytes; a checkpoint's files are larger than 4 of them.
        let command = "ulimit -f 4; exec \"$0\" train --out \"$1\" --resume auto --steps 4"
        let full = try StartedProgram(
            ["-c", command, ProgramRun.program.path, record.path], of: URL(fileURLWithPath: "/bin/bash")
        ).end()
        expect(full, status: 74, saying: "step-000004")
        #expect(try record.checkpointNames() == ["step-000002"])
        #expect(try record.checkpointBytes(2) == before)
        let resumed = try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--steps", "4"])
        #expect(resumed.status == 0, "\(resumed.messages)")
        #expect(try record.steps() == [1, 2, 3, 4])
    }
}
