// From where a run goes on: any checkpoint, and what is there stays until something better is.

import Foundation
import TensorCore
import TensorFiles
import Testing

@Suite struct ResumePlaceTests {
    private let folder = TemporaryFolder()
    private var record: RunRecord { RunRecord(path: folder.path("run")) }

    init() throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
    }

    private func train(_ more: String..., out: String = "run") throws -> ProgramRun {
        try ProgramRun(
            ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--out", folder.path(out)]
                + TestDevice.reference.option + TinyData.encoder + more)
    }

    /// Runs the program where no file may hold more than 4096 bytes, which the files of a checkpoint do.
    private func trainOnFullDisk(_ arguments: [String]) throws -> ProgramRun {
        try StartedProgram(
            ["-c", "ulimit -f 4; exec \"$0\" \"$@\"", ProgramRun.program.path] + arguments,
            of: URL(fileURLWithPath: "/bin/bash")
        ).end()
    }

    @Test("a checkpoint of another name is gone on from, too")
    func otherName() throws {
        #expect(try train("--steps", "6", "training.checkpointEvery=2", out: "whole").status == 0)
        #expect(try train("--steps", "4", "training.checkpointEvery=2").status == 0)
        let checkpoints = record.path + "/checkpoints"
        try FileManager.default.copyItem(atPath: checkpoints + "/step-000002", toPath: checkpoints + "/best")
        let run = try ProgramRun(["train", "--resume", checkpoints + "/best", "--steps", "6"])
        #expect(run.status == 0, "\(run.messages)")
        let whole = RunRecord(path: folder.path("whole"))
        #expect(try record.timelessMetrics() == whole.timelessMetrics())
        #expect(try record.checkpointBytes(6)[0] == whole.checkpointBytes(6)[0])
        #expect(try record.checkpointNames() == ["best", "step-000002", "step-000004", "step-000006"])
    }

    @Test("nothing to do removes nothing")
    func nothingToDo() throws {
        #expect(try train("--steps", "6", "training.checkpointEvery=2").status == 0)
        let (names, metrics) = (try record.checkpointNames(), try record.bytes("metrics.jsonl"))
        let run = try ProgramRun(["train", "--resume", record.path + "/checkpoints/step-000004", "--steps", "4"])
        #expect(run.status == 0)
        #expect(run.messages.contains("nothing is left to do: the checkpoint is of step 4, the last is 4\n"))
        #expect(try record.checkpointNames() == names)
        #expect(try record.bytes("metrics.jsonl") == metrics)
    }

    @Test("later checkpoints and their lines stay until a new one is saved")
    func laterCheckpoints() throws {
        #expect(try train("--steps", "6", "training.checkpointEvery=2").status == 0)
        let (names, metrics) = (try record.checkpointNames(), try record.bytes("metrics.jsonl"))
        let before = try record.checkpointBytes(6)
        let resume = ["train", "--resume", record.path + "/checkpoints/step-000002", "--steps", "5"]
        let full = try trainOnFullDisk(resume)
        #expect(full.status == 74, "\(full.messages)")
        #expect(
            full.messages.contains(
                "the checkpoints after step 2, to step 6, stay until a new one is saved; then they go"))
        #expect(try record.checkpointNames() == names)
        #expect(try record.bytes("metrics.jsonl") == metrics)
        #expect(try record.checkpointBytes(6) == before)

        let again = try ProgramRun(resume)
        #expect(again.status == 0, "\(again.messages)")
        #expect(try record.checkpointNames() == ["step-000002", "step-000004", "step-000005"])
        #expect(try record.steps() == [1, 2, 3, 4, 5])
        #expect(try !folder.names(in: "run").contains { $0.hasPrefix(".") })
    }

    @Test("a run that began from weights does not begin from its seed when it goes on")
    func initialWeights() throws {
        #expect(try train("--steps", "2", out: "first").status == 0)
        let start = ["--init", folder.path("first"), "--steps", "3"]
        let begin =
            ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--out", record.path]
            + TestDevice.reference.option + TinyData.encoder
        #expect(try ProgramRun(begin.replacingOut(folder.path("whole")) + start).status == 0)
        #expect(try trainOnFullDisk(begin + start).status == 74, "it has no checkpoint")
        let forgotten = try ProgramRun(["train", "--out", record.path, "--resume", "auto"])
        #expect(forgotten.status == 2)
        #expect(forgotten.errors.first?.contains("--init: the run began from the weights") == true)
        let other = try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--init", folder.path("whole")])
        #expect(other.status == 2, "\(other.messages)")
        let again = try ProgramRun(begin + start + ["--resume", "auto"])
        #expect(again.status == 0, "\(again.messages)")
        #expect(
            try record.checkpointBytes(3)[0] == RunRecord(path: folder.path("whole")).checkpointBytes(3)[0])

        let same = try ProgramRun(begin + ["--init", folder.path("first"), "--steps", "4", "--resume", "auto"])
        #expect(same.status == 0, "the same words go on: \(same.messages)")
        let ignored = try ProgramRun(
            ["train", "--out", record.path, "--resume", "auto", "--init", folder.path("whole"), "--steps", "5"])
        #expect(ignored.status == 2)
        #expect(
            ignored.errors.first?.contains("goes on from \(record.path)/checkpoints/step-000004; leave the option out")
                == true, "\(ignored.messages)")
        #expect(try record.steps() == [1, 2, 3, 4])
    }

    @Test("a run that lost its checkpoints is not begun again over what it tells", arguments: [false, true])
    func lostCheckpoints(withTheirFolder: Bool) throws {
        #expect(try train("--steps", "4", "training.checkpointEvery=2").status == 0)
        let metrics = try record.bytes("metrics.jsonl")
        let checkpoints = record.path + "/checkpoints"
        try FileManager.default.removeItem(atPath: checkpoints)
        if !withTheirFolder {
            try FileManager.default.createDirectory(atPath: checkpoints, withIntermediateDirectories: false)
        }
        let run = try train("--steps", "6", "training.checkpointEvery=2", "--resume", "auto")
        #expect(run.status == 2)
        #expect(run.errors.first?.contains("the run made 4 steps and none of its checkpoints is left") == true)
        #expect(try record.bytes("metrics.jsonl") == metrics)
    }

    @Test("a run that was stopped before its first checkpoint begins again, without a folder for them too")
    func beforeTheFirst() throws {
        #expect(try train("--steps", "2", "training.checkpointEvery=2").status == 0)
        try FileManager.default.removeItem(atPath: record.path + "/checkpoints")
        let run = try train("--steps", "4", "training.checkpointEvery=2", "--resume", "auto")
        #expect(run.status == 0, "\(run.messages)")
        #expect(try record.steps() == [1, 2, 3, 4])
        #expect(try record.checkpointNames() == ["step-000002", "step-000004"])
    }

    @Test("auto without a folder is no new run")
    func autoWithoutFolder() throws {
        let run = try ProgramRun(["train", "--resume", "auto", "--device", "reference"])
        #expect(run.status == 2)
        #expect(
            run.messages
                == "error: --resume: auto needs --out DIR, the folder of the run to go on with "
                + "(see diptych train --help)\n")
    }

    @Test("other data is told, and environment.json has an entry for each time that the run went on")
    func otherData() throws {
        #expect(try train("--steps", "2").status == 0)
        let digest = try SHA256.hash(fileAt: folder.path("pairs.safetensors")).description
        try TinyData.writePairs(24, to: folder.path("pairs.safetensors"))
        let run = try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--steps", "3"])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.messages.contains("warning: data.pairs was '\(digest)' and is '"))
        #expect(try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--steps", "4"]).status == 0)
        let environment =
            try JSONSerialization.jsonObject(with: record.bytes("environment.json")) as? [String: Any] ?? [:]
        #expect((environment["data"] as? [[String: String]])?.first?["sha256"] == digest)
        let resumed = environment["resumed"] as? [[String: Any]] ?? []
        #expect(resumed.compactMap { $0["step"] as? Int } == [2, 3])
        #expect((resumed.first?["data"] as? [[String: String]])?.first?["sha256"] != digest)
        #expect(
            resumed.first?["arguments"] as? [String] == ["train", "--out", record.path, "--resume", "auto"] + [
                "--steps", "3",
            ])
    }

    @Test("a preset can be made longer")
    func preset() throws {
        let run = try train("--preset", "demo", "--epochs", "3", "training.checkpointEvery=1")
        #expect(run.status == 0, "\(run.messages)")
        #expect(try record.steps() == Array(1...6), "three epochs of two steps")
    }
}

extension [String] {
    /// The arguments with another folder after `--out`.
    fileprivate func replacingOut(_ path: String) -> [String] {
        guard let place = firstIndex(of: "--out") else { return self }
        return self[...place] + [path] + self[(place + 2)...]
    }
}
