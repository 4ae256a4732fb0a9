// A program: kernel text built for one device, or taken from the cache.

package import COpenCL

/// Kernel text, compiled for the device of a context.
///
/// Unchecked: it is built before anybody sees it; afterwards OpenCL's calls on it may come from any thread.
package final class Program: @unchecked Sendable {
    /// Where a program came from.
    package enum Origin: String, Sendable {
        case source, cache
    }

    /// The context it is built for.
    package let context: Context
    /// The name of its kernel file, for messages.
    package let name: String
    /// The driver's handle, for calls in this package.
    package let handle: cl_program
    /// Whether the text was compiled now or found in the cache.
    package let origin: Origin

    /// Builds `source` with `options`, or takes what `cache` holds for the same text, options, device and driver.
    ///
    /// - Throws: `buildFailed` with the compiler's log; `callFailed`.
    package init(
        _ context: Context, name: String, source: String, options: String = "", cache: ProgramCache? = nil
    ) throws(OpenCLError) {
        let text = ProgramText(name: name, source: source, options: options)
        if let handle = cache?.load(text, for: context) {
            self.handle = handle
            origin = .cache
        } else {
            handle = try text.build(for: context)
            origin = .source
            cache?.store(handle, text, for: context)
        }
        self.context = context
        self.name = name
        context.ledger.open(.program)
    }

    deinit {
        clReleaseProgram(handle)
        context.ledger.close(.program)
    }

    /// The names of the kernel functions in it.
    package func kernelNames() throws(OpenCLError) -> [String] {
        let names = try queryString("clGetProgramInfo", of: "the kernels of \(name)") {
            clGetProgramInfo(handle, cl_program_info(CL_PROGRAM_KERNEL_NAMES), $0, $1, $2)
        }
        return names.split(separator: ";").map(String.init)
    }
}
