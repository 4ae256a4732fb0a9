// The kernels under oclgrind, a second and independent OpenCL device that watches every access.

import Foundation
import Testing

@Suite struct SimulatorTests {
    private let folder = TemporaryFolder()

    private static let simulator = "/usr/bin/oclgrind"

    @Test(
        "every sample and a training step: right, without a race, a wild access or an uninitialised read",
        .enabled("oclgrind is not installed") { FileManager.default.isExecutableFile(atPath: simulator) })
    func smallSamples() throws {
        let log = folder.path("oclgrind.log")
        // Its checks die on optimised code while the launch reports success, and a race leaves the exit status 0.
        let check = try StartedProgram(
            [ProgramRun.program.path, "check", "--small", "--device", "0"], of: URL(fileURLWithPath: Self.simulator),
            environment: [
                "OCLGRIND_BUILD_OPTIONS": "-cl-opt-disable", "OCLGRIND_LOG": log, "DIPTYCH_CACHE": folder.path("cache"),
            ]
        ).end()
        #expect(check.status == 0, "\(check.messages)")
        #expect(check.messages.contains("Oclgrind"), "it ran on another device")
        #expect(check.output.contains("training step"))
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "")
    }
}
