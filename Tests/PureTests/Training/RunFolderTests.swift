// Run folders: never written over, metrics without doubled steps, the newest whole checkpoint.

import Configuration
import Foundation
import TensorFiles
import Testing
import Training

@Suite struct RunFolderTests {
    private let environment = RunEnvironment(
        device: "reference", driver: "none", backend: "reference", toolchain: "Swift 6.3.1", version: "0.1.0",
        commit: nil, seed: .max, arguments: ["train"], data: [.init(name: "a.zip", sha256: "00")])

    private func makeRun(_ path: String) throws(TrainingError) -> RunFolder {
        try RunFolder.create(at: path, configuration: TrainingConfiguration(), environment: environment)
    }

    private func metrics(_ step: Int) -> StepMetrics {
        StepMetrics(
            step: step, epoch: (step + 1) / 2, loss: 0.1, terms: [.init("contrastive", .infinity)],
            learningRate: 1e-3, viewsPerSecond: 80.5)
    }

    @Test func aNewRunHoldsItsConfigurationAndEnvironment() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/runs/first/")
            #expect(try TrainingConfiguration(file: run.configurationPath) == TrainingConfiguration())
            let data = try Data(contentsOf: URL(fileURLWithPath: run.path + "/environment.json"))
            let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(json["device"] as? String == "reference")
            #expect(json["seed"] as? UInt64 == .max)
            #expect(json["commit"] is NSNull)
            #expect(try RunFolder.open(run.path) == run)
        }
    }

    @Test func aRunIsNeverWrittenOver() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/run")
            let before = try Data(contentsOf: URL(fileURLWithPath: run.configurationPath))
            #expect(throws: TrainingError.self) { try makeRun(run.path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: run.configurationPath)) == before)
            do throws(TrainingError) {
                _ = try makeRun(run.path)
            } catch {
                #expect(error.description.hasPrefix("cannot create \(run.path): a run is there; continue it with"))
            }
            try DurableFolder.create(folder + "/notes")
            try DurableFile.write([1], to: folder + "/notes/thesis.txt")
            #expect(throws: TrainingError.self) { try makeRun(folder + "/notes") }
            #expect(throws: TrainingError.self) { try makeRun(folder + "/notes/thesis.txt") }
            #expect(throws: TrainingError.self) { try makeRun("/proc/run") }
            #expect(throws: TrainingError.self) { try RunFolder.open(folder + "/notes") }
        }
    }

    @Test func aRunWhoseMakingWasKilledIsMadeAnew() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/run")
            try FileManager.default.removeItem(atPath: run.configurationPath)
            #expect(throws: Never.self) { try makeRun(folder + "/run") }
        }
    }

    @Test func metricsHaveOneLineForEachStepAlsoAfterResuming() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/run")
            let path = run.path + "/metrics.jsonl"
            do {
                let log = try run.metricsLog(after: 0)
                for step in 1...7 { try log.append(metrics(step)) }
                #expect(throws: TrainingError.self, "two writers") { try run.metricsLog(after: 5) }
            }
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try (whole + Data(#"{"step":8,"epo"#.utf8)).write(to: URL(fileURLWithPath: path))
            do {
                let log = try run.metricsLog(after: 5)
                for step in 6...7 { try log.append(metrics(step)) }
                try log.synchronize()
            }
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(Data(text.utf8) == whole)
            let first = String(text.prefix { $0 != "\n" })
            let expected =
                #"{"step":1,"epoch":1,"loss":0.1,"contrastive":"Infinity","learningRate":0.001,"#
                + #""viewsPerSecond":80.5}"#
            #expect(first == expected)
            _ = try run.metricsLog(after: 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
        }
    }

    @Test func aDamagedLineIsNamedAndNothingIsLost() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/run")
            let path = run.path + "/metrics.jsonl"
            let text = "{\"step\":1}\nnonsense\n{\"step\":3}\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            do throws(TrainingError) {
                _ = try run.metricsLog(after: 3)
                Issue.record("a damaged line was taken for a record")
            } catch {
                #expect(error.description == "\(path) is malformed: line 2 is no record of a step")
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test func aFullDiskIsAnError() throws {
        try #require(FileManager.default.fileExists(atPath: "/dev/full"))
        let file = try AppendedFile("/dev/full")
        #expect(throws: TensorFileError.writeFailed(file: "/dev/full", reason: "No space left on device")) {
            try file.append([1])
        }
    }

    @Test func theNewestWholeCheckpointIsFound() throws {
        try inTemporaryFolder { folder in
            let run = try makeRun(folder + "/run")
            #expect(run.checkpoints.isEmpty)
            #expect(throws: TrainingError.self) { try RunFolder.checkpoint(at: run.path) }
            for step in [50, 100, 1_000_000] { try fakeCheckpoint(run.checkpointPath(step: step)) }
            try fakeCheckpoint(run.checkpointPath(step: 150) + ".previous")
            try fakeCheckpoint(run.checkpointPath(step: 100) + ".previous")
            try DurableFolder.create(run.checkpointPath(step: 2_000_000))
            try fakeCheckpoint(run.checkpointsPath + "/.partial-1-1")
            try fakeCheckpoint(run.checkpointsPath + "/step-x")
            #expect(run.checkpoints.map(\.step) == [1_000_000, 150, 100, 50])
            #expect(run.checkpoints[2].path == run.path + "/checkpoints/step-000100")
            #expect(try RunFolder.checkpoint(at: run.path) == run.path + "/checkpoints/step-1000000")
            #expect(try RunFolder.checkpoint(at: run.checkpointPath(step: 50)) == run.checkpointPath(step: 50))
            let weights = run.checkpointPath(step: 50) + "/weights.safetensors"
            #expect(try RunFolder.weights(at: run.checkpointPath(step: 50)) == weights)
            #expect(try RunFolder.weights(at: weights) == weights)
            #expect(throws: TrainingError.self) { try RunFolder.weights(at: folder + "/nothing") }
            run.removeOldCheckpoints(keeping: 2)
            #expect(run.checkpoints.map(\.step) == [1_000_000, 150])
        }
    }

    @Test func unusedPathsAreUnused() throws {
        try inTemporaryFolder { folder in
            let date = Date(timeIntervalSince1970: 1e9)
            let first = RunFolder.unusedPath(in: folder, at: date)
            try DurableFolder.create(first)
            #expect(RunFolder.unusedPath(in: folder, at: date) == first + "-2")
        }
    }

    private func fakeCheckpoint(_ path: String) throws {
        try DurableFolder.create(path)
        for name in [Checkpoint.FileName.weights, Checkpoint.FileName.state] {
            try DurableFile.write([0], to: path + "/" + name)
        }
    }

    private func inTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "diptych-run-" + UUID().uuidString
        try DurableFolder.create(folder)
        defer { DurableFolder.remove(folder) }
        try body(folder)
    }
}
