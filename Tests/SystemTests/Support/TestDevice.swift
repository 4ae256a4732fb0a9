// The devices under test: the reference, and the OpenCL device that the program itself would choose.

import Diptych
import Foundation
import Testing

/// A device that runs are made on.
enum TestDevice: CaseIterable, CustomTestStringConvertible {
    case reference
    case openCL

    /// Those of this machine; a missing device is left out, unless DIPTYCH_REQUIRE_OPENCL=1 makes that a failure.
    static var all: [TestDevice] {
        allCases.filter { $0 == .reference || isOpenCLTested }
    }

    /// Whether tests that need OpenCL run.
    static var isOpenCLTested: Bool {
        openCLIndex != nil || ProcessInfo.processInfo.environment["DIPTYCH_REQUIRE_OPENCL"] == "1"
    }

    /// The option that chooses it.
    var option: [String] {
        switch self {
        case .reference: ["--device", "reference"]
        case .openCL: ["--device", Self.openCLIndex.map(String.init) ?? "0"]
        }
    }

    var testDescription: String {
        switch self {
        case .reference: "reference"
        case .openCL: "OpenCL"
        }
    }

    /// The OpenCL device, opened in this process.
    static func openBackend() throws -> OpenCLBackend {
        try OpenCLBackend(openCLIndex.map(String.init) ?? "0", .init(cacheFolder: Repository.kernelCache))
    }

    /// The index of the device that `--device auto` takes; nil where there is none.
    private static let openCLIndex: Int? = {
        let devices = try? ProgramRun(["devices", "--json"]).json() as? [[String: Any]]
        return devices?.first { $0["chosen"] as? Bool == true }?["index"] as? Int
    }()
}

extension Trait where Self == ConditionTrait {
    /// Skips without an OpenCL device, unless DIPTYCH_REQUIRE_OPENCL=1 makes that a failure.
    static var requiresOpenCL: Self {
        .enabled("there is no OpenCL device on this machine") { TestDevice.isOpenCLTested }
    }
}
