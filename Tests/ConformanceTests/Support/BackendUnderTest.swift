// The backends under test: a new one is added here, and every suite of this target holds it to the same numbers.

import Execution
import OpenCLBackend
import ReferenceBackend
import Testing

/// A backend that the suites run on.
enum BackendUnderTest: CaseIterable, CustomTestStringConvertible {
    case reference
    case openCL

    /// Those of this machine; a missing device is left out, unless DIPTYCH_REQUIRE_OPENCL=1 makes that a failure.
    static var all: [BackendUnderTest] {
        allCases.filter { $0 != .openCL || OpenCLAvailability.shouldRun }
    }

    /// The backend, opened once for all tests of this process.
    func open() throws -> any Backend {
        switch self {
        case .reference: ReferenceBackend()
        case .openCL: try Self.device.get()
        }
    }

    var testDescription: String {
        switch self {
        case .reference: "reference"
        case .openCL: "OpenCL"
        }
    }

    private static let device = Result {
        try OpenCLBackend(
            OpenCLAvailability.choice, OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder))
    }
}

@Suite("Backends under test")
struct BackendUnderTestTests {
    @Test("the reference is always among them")
    func referenceIsTested() {
        #expect(BackendUnderTest.all.contains(.reference))
    }

    @Test("OpenCL is among them", .requiresOpenCL)
    func openCLIsTested() throws {
        #expect(BackendUnderTest.all.contains(.openCL))
        #expect(try !BackendUnderTest.openCL.open().name.isEmpty)
    }
}
