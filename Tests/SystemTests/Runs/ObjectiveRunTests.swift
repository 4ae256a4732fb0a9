// Every kind of every objective through the command line, 64 pairs a step: losses fall, nothing is NaN.

import Foundation
import Testing

@Suite struct ObjectiveRunTests {
    private let folder = TemporaryFolder()

    /// Terms by kind; a weight makes each one matter.
    private static let contrastive = ["infoNCE", "ntXent", "jensenShannon"].map {
        ["objective.contrastive.kind=\($0)"]
    }
    private static let forward = [
        ("squaredError", "0.01"), ("binaryCrossEntropy", "1"), ("reversedBinaryCrossEntropy", "1"),
        ("squaredErrorInLogits", "0.1"),
    ].map { ["objective.forwardPredictive.kind=\($0)", "objective.forwardPredictive.weight=\($1)"] }
    private static let inverse = [("elementMean", "10"), ("squaredNorm", "1")].map {
        ["objective.inversePredictive.scale=\($0)", "objective.inversePredictive.weight=\($1)"]
    }

    /// L_CL of each kind, L_CL + L_FP, L_CL + L_IP, all three, and L_FP alone of each kind.
    private static let runs: [[String]] =
        contrastive + forward.map { contrastive[1] + $0 } + inverse.map { contrastive[1] + $0 }
        + zip(forward, inverse + inverse).map { contrastive[2] + $0 + $1 }
        + forward.map { ["objective.contrastive.weight=0"] + $0 }

    @Test("losses fall", .requiresOpenCL, arguments: runs)
    func lossesFall(settings: [String]) throws {
        try TinyData.writePairs(64, size: 16, to: folder.path("pairs.safetensors"))
        let run = try ProgramRun(
            [
                "train", "--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", "6", "--batch", "64",
                "--out",
                folder.path("run"), "encoder.channels=8", "encoder.features=32", "encoder.inputSize=16",
                "optimizer.learningRate=0.002",
            ] + settings + TestDevice.openCL.option)
        #expect(run.status == 0, "\(run.messages)")
        let unbounded = settings.contains("objective.forwardPredictive.kind=reversedBinaryCrossEntropy")
        #expect(run.messages.contains("warning: reversedBinaryCrossEntropy is unbounded below") == unbounded)
        let metrics = try RunRecord(path: folder.path("run")).metrics()
        let losses = metrics.compactMap { $0["loss"] as? Double }
        #expect(losses.count == 6, "a loss is no number in \(metrics)")
        #expect(losses.allSatisfy { $0.isFinite })
        #expect((losses.last ?? .infinity) < (losses.first ?? -.infinity), "\(losses)")
    }
}
