// A disk that is full, for every size from nothing left until all fits.

import Foundation
import Testing

@Suite struct FullDiskTests {
    private let folder = TemporaryFolder()

    @Test(
        "the old checkpoint loads every time, nothing half-written is left, status 74",
        .enabled("mounting a small disk needs root") { SmallDisk.mayMount })
    func everySize() throws {
        try TinyData.writePairs(16, to: folder.path("pairs.safetensors"))
        let first = try ProgramRun(
            ["train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", "2"]
                + ["--out", folder.path("run"), "training.keepCheckpoints=1"] + TestDevice.reference.option
                + TinyData.encoder)
        #expect(first.status == 0, "\(first.messages)")
        let before = try RunRecord(path: folder.path("run")).checkpointBytes(2)
        try FileManager.default.createDirectory(atPath: folder.path("disk"), withIntermediateDirectories: true)
        var (failures, size) = (0, 4)
        var isWhole = false
        while !isWhole, size < 4096 {
            defer { size += 4 }
            let disk = try #require(SmallDisk(at: folder.path("disk"), kibibytes: size))
            defer { disk.unmount() }
            let record = RunRecord(path: folder.path("disk/run"))
            guard (try? FileManager.default.copyItem(atPath: folder.path("run"), toPath: record.path)) != nil else {
                continue
            }
            let run = try ProgramRun(["train", "--out", record.path, "--resume", "auto", "--steps", "4"])
            isWhole = run.status == 0
            if isWhole { break }
            failures += 1
            #expect(run.status == 74, "\(size) KiB: \(run.messages)")
            #expect(run.errors.count == 1 && run.errors[0].contains("No space left on device"), "\(run.messages)")
            #expect(try record.checkpointNames() == ["step-000002"], "\(size) KiB")
            #expect(try record.checkpointBytes(2) == before)
            #expect(try !folder.names(in: "disk/run").contains { $0.hasPrefix(".") }, "\(size) KiB")
            let loaded = try ProgramRun(
                ["embed", "--checkpoint", record.path, "--input", try images(), "--output", folder.path("f.npy")]
                    + TestDevice.reference.option)
            #expect(loaded.status == 0, "\(size) KiB: \(loaded.messages)")
        }
        #expect(isWhole, "no size is enough")
        #expect(failures >= 3, "the sweep met \(failures) full disks")
    }

    private func images() throws -> String {
        if try !folder.names().contains("images") {
            try TinyData.writeImages(classes: 1, each: 1, to: folder.path("images"))
        }
        return folder.path("images")
    }
}
