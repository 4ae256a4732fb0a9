// Runs that were killed at any moment: they go on, and end in the bits of a run left alone.

import Foundation
import Testing

@Suite struct ResumeTests {
    private let folder = TemporaryFolder()

    init() throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
    }

    /// The arguments of a run into the folder `out`; every run of a test differs in this folder only.
    private func arguments(_ out: String, steps: Int, _ device: TestDevice, _ more: [String] = []) -> [String] {
        ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", String(steps)]
            + ["--out", folder.path(out)] + device.option + TinyData.encoder
            + ["objective.forwardPredictive.weight=0.01", "objective.inversePredictive.weight=1"] + more
    }

    private func check(_ run: RunRecord, isLike whole: RunRecord, steps: Int) throws {
        #expect(try run.steps() == Array(1...steps), "no line twice, none missing")
        #expect(try run.timelessMetrics() == whole.timelessMetrics())
        #expect(try run.checkpointBytes(steps) == whole.checkpointBytes(steps))
        #expect(try run.checkpointNames() == whole.checkpointNames(), "no half-written checkpoint is left")
        #expect(
            try folder.names(in: URL(fileURLWithPath: run.path).lastPathComponent).filter { $0.hasPrefix(".") } == [])
    }

    /// Where a run is killed.
    private enum Moment: CaseIterable {
        case early
        case anywhere
        case whileSaving
    }

    /// Waits for the moment, or until the program has ended by itself.
    private func wait(for moment: Moment, of program: StartedProgram, in record: RunRecord, pace: Double) {
        let deadline = Date() + 20
        switch moment {
        case .early: usleep(UInt32.random(in: 1000...40_000))
        case .anywhere:
            let lines = record.lineCount
            while program.isRunning, Date() < deadline, record.lineCount == lines { usleep(1000) }
            usleep(UInt32.random(in: 0...UInt32(pace * 1e6)))
        case .whileSaving:
            while program.isRunning, Date() < deadline {
                if (try? record.checkpointNames())?.contains(where: { $0.hasPrefix(".") }) == true { return }
            }
        }
    }

    @Test("killed at any moment, again and again", arguments: TestDevice.all)
    func killed(device: TestDevice) throws {
        let (steps, kills, pace) = device == .reference ? (120, 9, 0.1) : (60, 5, 0.05)
        let settings = ["training.checkpointEvery=1", "training.keepCheckpoints=2"]
        let left = try ProgramRun(arguments("whole", steps: steps, device, settings))
        #expect(left.status == 0, "\(left.messages)")

        let record = RunRecord(path: folder.path("killed"))
        let command = arguments("killed", steps: steps, device, settings + ["--resume", "auto"])
        var interrupted = 0
        for attempt in 0..<kills {
            let program = try StartedProgram(command)
            wait(for: Moment.allCases[attempt % 3], of: program, in: record, pace: pace)
            program.send(SIGKILL)
            let end = try program.end()
            #expect(end.status == nil || end.status == 0, "\(end.messages)")
            if end.status == nil { interrupted += 1 }
        }
        #expect(interrupted >= 2, "the run was over before it could be killed")
        let last = try ProgramRun(command)
        #expect(last.status == 0, "\(last.messages)")
        try check(record, isLike: RunRecord(path: folder.path("whole")), steps: steps)
    }

    @Test("from an older checkpoint the same bits come again")
    func fromPath() throws {
        let settings = ["training.checkpointEvery=2", "training.keepCheckpoints=2"]
        #expect(try ProgramRun(arguments("whole", steps: 8, .reference, settings)).status == 0)
        #expect(try ProgramRun(arguments("run", steps: 8, .reference, settings)).status == 0)
        let record = RunRecord(path: folder.path("run"))
        let older = record.path + "/checkpoints/step-000006"
        let again = try ProgramRun(["train", "--resume", older, "--out", record.path])
        #expect(again.status == 0, "\(again.messages)")
        try check(record, isLike: RunRecord(path: folder.path("whole")), steps: 8)
        #expect(try folder.names(in: "run").filter { $0.hasPrefix("events") }.count == 2)

        let longer = try ProgramRun(["train", "--resume", record.path, "--steps", "10"])
        #expect(longer.status == 0, "\(longer.messages)")
        #expect(try record.steps() == Array(1...10))
        #expect(String(decoding: try record.bytes("config.yaml"), as: UTF8.self).contains("  steps: 10  #"))
        #expect(
            try ProgramRun(["train", "--resume", "auto", "--out", record.path]).status == 0, "nothing is left to do")
        #expect(try record.steps() == Array(1...10))
    }

    @Test("what would make another run is refused")
    func refused() throws {
        #expect(try ProgramRun(arguments("run", steps: 3, .reference)).status == 0)
        let record = RunRecord(path: folder.path("run"))
        let before = try record.checkpointBytes(3)
        let resume = ["train", "--out", record.path, "--resume"]
        let other = try ProgramRun(resume + ["auto", "optimizer.learningRate=0.5", "--batch", "4"])
        #expect(other.status == 2)
        #expect(
            other.messages
                == "device: reference (CPU)\nerror: optimizer.learningRate, data.batch: a resumed run keeps its "
                + "configuration; only training.*, data.placement, device, precision, memoryLimit may change (see diptych train --help)\n"
        )
        try Data("seed: 4\n".utf8).write(to: folder.url.appending(path: "other.yaml"))
        let file = try ProgramRun(
            resume + ["auto", "--config", folder.path("other.yaml"), "--device", "reference"])
        #expect(file.status == 2)
        #expect(file.messages.contains("error: objective.forwardPredictive.weight, "))
        let nowhere = try ProgramRun(["train", "--resume", folder.path("nowhere")])
        #expect(nowhere.status == 65)
        #expect(nowhere.errors == ["error: cannot open \(folder.path("nowhere")): No such file or directory"])
        let elsewhere = try ProgramRun(["train", "--resume", record.path, "--out", folder.path("copy")])
        #expect(elsewhere.status == 2 && elsewhere.errors.count == 1, "\(elsewhere.messages)")
        let never = try ProgramRun(resume + ["never"])
        #expect(never.status == 73)
        #expect(
            never.errors == [
                "error: cannot create \(record.path): a run is there; continue it with --resume auto, "
                    + "or choose another --out"
            ])
        #expect(try record.steps() == [1, 2, 3])
        #expect(try record.checkpointBytes(3) == before)
    }

    @Test("another device is allowed, and told", .requiresOpenCL)
    func anotherDevice() throws {
        #expect(try ProgramRun(arguments("run", steps: 2, .reference)).status == 0)
        let run = try ProgramRun(
            ["train", "--out", folder.path("run"), "--resume", "auto", "--steps", "4"] + TestDevice.openCL.option)
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.messages.contains("warning: device was 'reference (CPU)' and is '"))
        #expect(try RunRecord(path: folder.path("run")).steps() == [1, 2, 3, 4])
    }
}
