// Tests that need an OpenCL device: they are skipped and say so where there is none, or fail if it is required.

import Foundation
import OpenCLRuntime
import Testing

/// The OpenCL device of this machine, for all tests of this process.
enum OpenCLAvailability {
    /// The device of `DIPTYCH_DEVICE`, or the best one; a kernel cache under `.build` is prepared first.
    ///
    /// - Throws: The fact that there is none, or why.
    static func device() throws -> Device { try found.get() }

    /// The request that `device` follows, for a backend.
    static var choice: String { ProcessInfo.processInfo.environment["DIPTYCH_DEVICE"] ?? "auto" }

    /// The folder for compiled kernels of all tests.
    static var cacheFolder: String {
        ProcessInfo.processInfo.environment["DIPTYCH_CACHE"] ?? repository.appendingPathComponent(".build/cache").path
    }

    /// Whether tests that need a device run: there is one, or DIPTYCH_REQUIRE_OPENCL=1 asks to fail without.
    static var shouldRun: Bool {
        if case .success = found { return true }
        return ProcessInfo.processInfo.environment["DIPTYCH_REQUIRE_OPENCL"] == "1"
    }

    private static let found: Result<Device, OpenCLError> = {
        do throws(OpenCLError) {
            try OpenCLEnvironment.prepare(cacheFolder: cacheFolder)
            atexit { OpenCLEnvironment.seal() }
            let device = try Device.choose(DeviceChoice(choice))
            return .success(device)
        } catch {
            return .failure(error)
        }
    }()

    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

extension Trait where Self == ConditionTrait {
    /// Skips without an OpenCL device, unless DIPTYCH_REQUIRE_OPENCL=1 makes that a failure.
    static var requiresOpenCL: Self {
        .enabled("there is no OpenCL device on this machine") { OpenCLAvailability.shouldRun }
    }
}
