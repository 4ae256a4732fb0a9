// The kernels under oclgrind, a second and independent OpenCL device that watches every access.

import Foundation
import Testing

@Suite struct SimulatorTests {
    private let folder = TemporaryFolder()

    private static let simulator = "/usr/bin/oclgrind"

    /// The kernels of small samples: the plain ones, those for GPUs with the smallest tile, and those for CPU devices with
    /// vectors of each width.
    private static let kernels: [[String]] =
        [[], streams("tiled 8x8") + ["logSumExp=tiled 8x8"] + products.map { "\($0)=tiled 32x32x8/4x4" }]
        + [(lanes: 4, patch: 6, filter: 4, product: 4), (8, 6, 4, 6), (16, 12, 8, 12)].map { tile in
            let patches = ["convolution", "convolutionBackwardInput", "scoreReduction", "scoreReductionBackward"]
                .map { "\($0)=wide \(tile.lanes)x\(tile.patch)" }
            let pools = ["maxPool", "maxPoolBackward"].map { "\($0)=wide \(tile.lanes)x1" }
            return patches + pools + streams("wide \(tile.lanes)x1") + [
                "convolutionBackwardFilter=wide \(tile.lanes)x\(tile.filter)",
                "matrixProduct=wide \(tile.lanes)x\(tile.product)",
            ]
        }

    private static func streams(_ choice: String) -> [String] {
        ["batchNormalization", "batchNormalizationBackward", "pooledNormalization", "reduce"].map { "\($0)=\(choice)" }
    }

    private static let products = [
        "convolution", "convolutionBackwardFilter", "convolutionBackwardInput", "matrixProduct", "scoreReduction",
        "scoreReductionBackward",
    ]

    @Test(
        "every sample and a training step: right, without a wild access or a barrier that not all reach",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) },
        arguments: kernels)
    func smallSamples(kernels: [String]) throws {
        let check = try check(kernels)
        #expect(check.output.contains("training step"))
    }

    @Test(
        "work-items that share local memory do not race",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) },
        arguments: [
            "batchNormalization", "batchNormalizationBackward", "convolution", "convolutionBackwardFilter", "logSumExp",
            "matrixProduct", "reduce", "scoreReduction",
        ])
    func races(operation: String) throws {
        let tile = Self.products.contains(operation) ? "32x32x8/4x4" : "8x8"
        // To watch for races takes twice the time.
        try check(
            ["\(operation)=tiled \(tile)"], ["--operation", operation], environment: ["OCLGRIND_DATA_RACES": "1"])
    }

    /// The outcome of `diptych check`, which agrees with the reference and leaves nothing in the log.
    @discardableResult
    private func check(
        _ kernels: [String], _ options: [String] = [], environment: [String: String] = [:]
    ) throws -> ProgramRun {
        let log = folder.path("oclgrind.log")
        // Its checks die on optimised code while the launch reports success, and a race leaves the exit status 0.
        let own = [
            "OCLGRIND_BUILD_OPTIONS": "-cl-opt-disable", "OCLGRIND_LOG": log, "DIPTYCH_CACHE": folder.path("cache"),
        ]
        let check = try StartedProgram(
            [ProgramRun.program.path, "check", "--small", "--device", "0"] + options
                + kernels.flatMap { ["--kernel", $0] },
            of: URL(fileURLWithPath: Self.simulator), environment: own.merging(environment) { $1 }
        ).end()
        #expect(check.status == 0, "\(check.messages)")
        #expect(check.messages.contains("Oclgrind"), "it ran on another device")
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
        return check
    }
}
