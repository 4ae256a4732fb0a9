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
}
