// Signals, and two programs that want one folder.

import Foundation
import Testing

@Suite struct SignalTests {
    private let folder = TemporaryFolder()
    private var record: RunRecord { RunRecord(path: folder.path("run")) }

    /// Settings of a step that takes the reference long enough for a signal to come in its middle.
    private static let heavy = ["encoder.channels=32", "encoder.features=16", "encoder.inputSize=28", "data.batch=32"]

    private func arguments(_ out: String, steps: Int, _ device: TestDevice, _ sizes: [String]) -> [String] {
        ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", String(steps)]
            + ["--out", folder.path(out), "training.checkpointEvery=1000000"] + device.option + sizes
    }

    /// Starts a run that would not end by itself, and waits for its first line.
    private func start(_ device: TestDevice, _ sizes: [String] = TinyData.encoder) throws -> StartedProgram {
        let program = try StartedProgram(arguments("run", steps: 1_000_000, device, sizes))
        let deadline = Date() + 120
        while program.isRunning, record.lineCount == 0, Date() < deadline { usleep(500) }
        return program
    }

    @Test(
        "the first signal finishes the step and saves; the run goes on in the same bits", arguments: TestDevice.all,
        [SIGINT, SIGTERM])
    func first(device: TestDevice, signal: Int32) throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
        let program = try start(device)
        program.send(signal)
        let end = try program.end(within: 120)
        #expect(end.status == 75, "\(end.messages)")
        #expect(end.messages.contains("interrupted: finishing the step and saving; once more stops at once\n"))
        let step = try #require(try record.steps().last)
        #expect(end.messages.contains("interrupted and saved after step \(step); continue with: diptych train --out "))
        #expect(try record.steps() == Array(1...step))
        #expect(try record.checkpointNames().count == 1)

        let last = step + 3
        let resumed = try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--steps", String(last)])
        #expect(resumed.status == 0, "\(resumed.messages)")
        let whole = try ProgramRun(arguments("whole", steps: last, device, TinyData.encoder))
        #expect(whole.status == 0, "\(whole.messages)")
        let other = RunRecord(path: folder.path("whole"))
        #expect(try record.checkpointBytes(last) == other.checkpointBytes(last))
        #expect(try record.timelessMetrics() == other.timelessMetrics())
    }

    @Test("the second signal stops at once", arguments: [SIGINT, SIGTERM])
    func second(signal: Int32) throws {
        try TinyData.writePairs(32, size: 28, to: folder.path("pairs.safetensors"))
        let program = try start(.reference, Self.heavy)
        program.send(signal)
        let deadline = Date() + 20
        while try !program.messagesSoFar().contains("once more stops at once"), Date() < deadline { usleep(500) }
        program.send(signal)
        let end = try program.end(within: 120)
        #expect(end.status == nil && end.messages.contains("once more stops at once"), "\(end.messages)")
        #expect(try record.checkpointNames().isEmpty)
        #expect(try record.steps() == Array(1...record.lineCount))
    }

    @Test("a folder that another program writes is left alone")
    func twoPrograms() throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
        let program = try start(.reference)
        let names = try folder.names(in: "run")
        let environment = try record.bytes("environment.json")
        for resume in ["auto", "never"] {
            let second = try ProgramRun(
                arguments("run", steps: 5, .reference, TinyData.encoder) + ["--resume", resume])
            #expect(second.status == 73, "\(second.messages)")
            let reason = resume == "auto" ? "another process is writing it" : "a run is there"
            #expect(second.errors.first?.contains(reason) == true, "\(second.messages)")
        }
        #expect(try folder.names(in: "run") == names)
        #expect(try record.bytes("environment.json") == environment)
        program.send(SIGTERM)
        #expect(try program.end(within: 120).status == 75)
        #expect(try record.steps() == Array(1...record.lineCount))
    }
}
