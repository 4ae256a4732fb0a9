// A step that may not take the memory that it wants: which batch would fit, and that it does.

import Foundation
import Testing

@Suite struct MemoryLimitTests {
    @Test("the batch that fits is named, and fits", arguments: TestDevice.all)
    func fittingBatch(device: TestDevice) throws {
        func step(_ batch: Int, _ limit: String) throws -> ProgramRun {
            try ProgramRun(
                [
                    "bench", "step", "--runs", "1", "--batch", "\(batch)", "--memory-limit", limit, "--json",
                    "encoder.channels=8", "encoder.features=32", "encoder.inputSize=16",
                ] + device.option)
        }
        let whole = try step(64, "1GiB")
        #expect(whole.status == 0, "\(whole.messages)")
        let needed = try #require((whole.json() as? [String: Any])?["plannedBytes"] as? Int)
        let limit = "\(needed * 3 / 4)"
        let refused = try step(64, limit)
        #expect(refused.status == 1 && refused.output.isEmpty)
        let error = try #require(refused.errors.first)
        let words = try #require(error.firstMatch(of: /a batch of (\d+) pairs fits instead of 64/), "\(error)")
        let fitting = try #require(Int(words.1))
        #expect((32..<64).contains(fitting))
        #expect(try step(fitting, limit).status == 0)
        #expect(try step(fitting + 1, limit).status == 1)
    }

    @Test("a run that fits is evaluated, too, in batches that fit", arguments: TestDevice.all)
    func evaluation(device: TestDevice) throws {
        let folder = TemporaryFolder()
        try TinyData.writeImages(to: folder.path("images"))
        let settings = ["encoder.channels=8", "encoder.features=16", "encoder.inputSize=16", "data.batch=2"]
        let step = try ProgramRun(["bench", "step", "--runs", "1", "--json"] + device.option + settings)
        let needed = try #require((step.json() as? [String: Any])?["plannedBytes"] as? Int, "\(step.messages)")
        func train(_ out: String, _ limit: Int) throws -> ProgramRun {
            try ProgramRun(
                ["train", "--data", "images:" + folder.path("images"), "--steps", "2", "--out", folder.path(out)]
                    + ["--memory-limit", "\(limit)"] + device.option + settings)
        }
        let run = try train("run", needed)
        #expect(run.status == 0, "\(run.messages)")
        let last = try RunRecord(path: folder.path("run")).metrics().last?["evaluation"] as? [String: Any]
        #expect(last?["accuracy"] is Double)

        let none = try train("none", 1000)
        #expect(none.status == 1)
        let error = try #require(none.errors.first)
        #expect(
            error.contains("of 1000 bytes: not even the features of one image fit; fewer encoder.channels"), "\(error)")
        #expect(try !folder.names().contains("none"))
    }

    @Test("where no batch fits, other ways are named")
    func noBatch() throws {
        let run = try ProgramRun(
            ["bench", "step", "--memory-limit", "2KiB"] + TestDevice.reference.option + TinyData.encoder)
        #expect(run.status == 1)
        let error = try #require(run.errors.first)
        #expect(
            error.contains("of 2048 bytes: no batch fits, not even one of 2 pairs; fewer encoder.channels, "),
            "\(error)")
    }
}
