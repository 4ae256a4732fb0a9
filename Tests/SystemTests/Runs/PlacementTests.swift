// Runs whose views are made by the device: they follow those of the host, and go on in the same bits.

import Foundation
import Testing

@Suite struct PlacementTests {
    private let folder = TemporaryFolder()

    init() throws {
        try TinyData.writeImages(to: folder.path("images"))
    }

    /// The arguments of a run into the folder `out`.
    private func arguments(_ out: String, steps: Int, _ placement: String, _ device: TestDevice) -> [String] {
        ["train", "--data", "images:" + folder.path("images"), "--steps", String(steps), "--out", folder.path(out)]
            + device.option + TinyData.encoder + ["data.placement=\(placement)", "training.checkpointEvery=3"]
    }

    @Test("the losses of the device's views are those of the host's", arguments: TestDevice.all)
    func follows(device: TestDevice) throws {
        for augmentation in ["authors", "single", "none"] {
            let losses = try ["host", "device"].map { placement in
                let out = "\(augmentation)-\(placement)"
                let run = try ProgramRun(
                    arguments(out, steps: 6, placement, device) + ["data.augmentation=\(augmentation)"])
                #expect(run.status == 0, "\(run.messages)")
                #expect(run.messages.contains("data: 24 images") == (placement == "device"), "\(run.messages)")
                return try RunRecord(path: folder.path(out)).values("loss")
            }
            try #require(losses.map(\.count) == [6, 6])
            for (host, made) in zip(losses[0], losses[1]) { #expect(abs(made - host) <= 1e-4 * abs(host)) }
        }
    }

    @Test("a run that goes on ends in the bits of one left alone", arguments: TestDevice.all)
    func resumes(device: TestDevice) throws {
        #expect(try ProgramRun(arguments("whole", steps: 7, "device", device)).status == 0)
        #expect(try ProgramRun(arguments("parts", steps: 3, "device", device)).status == 0)
        let rest = try ProgramRun(["train", "--out", folder.path("parts"), "--resume", "auto", "--steps", "7"])
        #expect(rest.status == 0, "\(rest.messages)")
        #expect(!rest.messages.contains("warning"), "\(rest.messages)")
        let (whole, parts) = (RunRecord(path: folder.path("whole")), RunRecord(path: folder.path("parts")))
        #expect(try parts.steps() == Array(1...7))
        #expect(try parts.values("loss") == whole.values("loss"))
        #expect(try parts.checkpointBytes(7) == whole.checkpointBytes(7))
        #expect(try whole.checkpoint(7, "state.safetensors").metadata["data.placement"] == "device")
    }

    @Test("a run may go on with its views made in the other place, and says so")
    func changes() throws {
        #expect(try ProgramRun(arguments("run", steps: 2, "device", .reference)).status == 0)
        for (steps, was, other) in [(3, "device", "host"), (4, "host", "device")] {
            let run = try ProgramRun(
                ["train", "--out", folder.path("run"), "--resume", "auto", "--steps", String(steps)]
                    + ["data.placement=\(other)"])
            #expect(run.status == 0, "\(run.messages)")
            let warnings = run.messages.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
            #expect(warnings.count == 1, "\(run.messages)")
            #expect(warnings.first?.hasPrefix("warning: data.placement was '\(was)' and is '\(other)': ") == true)
        }
        #expect(try RunRecord(path: folder.path("run")).steps() == [1, 2, 3, 4])
    }

    @Test("what cannot be on the device is refused with the way out")
    func refused() throws {
        try TinyData.writePairs(8, to: folder.path("pairs.safetensors"))
        let made = try ProgramRun(
            arguments("run", steps: 2, "device", .reference) + ["data.source=pairs:" + folder.path("pairs.safetensors")]
        )
        #expect(made.status == 2)
        #expect(made.messages.contains("are made already; set auto or host"), "\(made.messages)")
        let large = try ProgramRun(
            arguments("run", steps: 2, "device", .reference) + ["data.source=glyphs", "--memory-limit", "100MiB"])
        #expect(large.status == 1)
        #expect(large.messages.contains("data.placement=host leaves the images out"), "\(large.messages)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
    }
}
