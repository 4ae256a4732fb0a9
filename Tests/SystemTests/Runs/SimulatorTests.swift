// The kernels under oclgrind, a second and independent OpenCL device that watches every access.

import Foundation
import Testing

@Suite struct SimulatorTests {
    private let folder = TemporaryFolder()

    private static let simulator = "/usr/bin/oclgrind"

    /// Kernels to be forced: none for the plain ones of every operation, and those for GPUs with the smallest tile.
    private static let gpuKernels: [[String]] = [
        [], streams("tiled 8x8") + ["logSumExp=tiled 8x8"] + products.map { "\($0)=tiled 32x32x8/4x4" },
        convolutions.map { "\($0)=winograd 32x32x8/4x4" },
    ]

    /// The same, and those for CPU devices with vectors of each width.
    private static let kernels =
        gpuKernels
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

    private static let convolutions = ["convolution", "convolutionBackwardFilter", "convolutionBackwardInput"]
    private static let products = convolutions + ["matrixProduct", "scoreReduction", "scoreReductionBackward"]

    /// Where kernels stand side by side.
    private static let compositions = ["block", "step"]

    /// What `kernels` are forced for, and compositions.
    private static func operations(of kernels: [String]) -> [String] {
        kernels.map { String($0.prefix { $0 != "=" }) }.filter { $0 != "pooledNormalization" } + compositions
    }

    @Test(
        "samples and a training step: right, without a race or a wild access",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) },
        arguments: kernels)
    func races(kernels: [String]) throws {
        try check(kernels.isEmpty ? [] : Self.operations(of: kernels), kernels, watching: "OCLGRIND_DATA_RACES")
    }

    @Test(
        "samples and a training step: nothing is used that nobody wrote",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) },
        arguments: gpuKernels)
    func uninitialized(kernels: [String]) throws {
        try check(kernels.isEmpty ? [] : Self.compositions, kernels, watching: "OCLGRIND_UNINITIALIZED")
    }

    @Test(
        "products on emulated tensor cores: right, and without a race",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) },
        arguments: [("matrixProduct", "bf16"), ("convolutionBackwardFilter", "tf32")])
    func tensorCores(operation: String, precision: String) throws {
        let kernels = try folder.emulatingKernels()
        try check(
            [operation], watching: "OCLGRIND_DATA_RACES", ["--precision", precision],
            environment: ["DIPTYCH_KERNELS": kernels])
    }

    /// The outcome of `diptych check` of `operations` with `kernels` forced: it agrees with the reference and leaves nothing
    /// in the log of the simulator, told to watch for what `watching` names.
    private func check(
        _ operations: [String], _ kernels: [String] = [], watching: String, _ options: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        let log = folder.path("oclgrind.log")
        // Its checks die on optimised code while the launch reports success, and a race leaves the exit status 0.
        let own = [
            "OCLGRIND_BUILD_OPTIONS": "-cl-opt-disable", watching: "1", "OCLGRIND_LOG": log,
            "DIPTYCH_CACHE": folder.path("cache"),
        ]
        let check = try StartedProgram(
            [ProgramRun.program.path, "check", "--small", "--device", "0"] + options
                + operations.flatMap { ["--operation", $0] } + kernels.flatMap { ["--kernel", $0] },
            of: URL(fileURLWithPath: Self.simulator), environment: own.merging(environment) { $1 }
        ).end()
        #expect(check.status == 0, "\(check.messages)")
        #expect(check.messages.contains("Oclgrind"), "it ran on another device")
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
    }
}
