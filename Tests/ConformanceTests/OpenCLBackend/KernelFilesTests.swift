// Every kernel file builds on the device as it stands.

import OpenCLBackend
import OpenCLRuntime
import Testing

@Suite("Kernel files", .requiresOpenCL)
struct KernelFilesTests {
    @Test(arguments: KernelLibrary.names)
    func buildsWithItsOwnConstants(name: String) throws {
        let context = try Context(OpenCLAvailability.device())
        let text = try #require(KernelLibrary().text(named: name))
        // How wide vectors are handed over concerns nobody: kernels and their functions are compiled together.
        let source = "#pragma clang diagnostic ignored \"-Wpsabi\"\n" + text
        let program = try Program(context, name: name, source: source, options: "-cl-std=CL1.2 -Werror")
        #expect(try !program.kernelNames().isEmpty)
    }
}
