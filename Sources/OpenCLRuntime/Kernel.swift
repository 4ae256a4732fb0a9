// A kernel: one entry point of a built program, with its arguments.

package import COpenCL

/// One entry point of a program.
///
/// Not `Sendable`: `clSetKernelArg` is the one call of OpenCL that is not safe from several threads on one handle.
/// Whoever needs the same kernel elsewhere makes another one.
package final class Kernel {
    /// The name of the kernel function.
    package let name: String
    /// The program it belongs to.
    package let program: Program
    /// The driver's handle, for calls in this package.
    package let handle: cl_kernel
    /// The number of arguments that the text declares.
    package let argumentCount: Int

    // The driver does not keep the buffers of a kernel that is not yet enqueued alive: this does.
    private var arguments: [KernelArgument?]
    private var unsetCount: Int

    /// Takes the kernel function `name` out of `program`.
    package init(_ program: Program, _ name: String) throws(OpenCLError) {
        let handle: cl_kernel = try create(
            "clCreateKernel", during: "search for kernel \(name) in program \(program.name)"
        ) { status in
            clCreateKernel(program.handle, name, &status)
        }
        // Everything that can throw stands before the handle has its owner, so it is released by hand.
        do throws(OpenCLError) {
            let count = try queryValue("clGetKernelInfo", of: "the arguments of \(name)", initial: cl_uint(0)) {
                clGetKernelInfo(handle, cl_kernel_info(CL_KERNEL_NUM_ARGS), $0, $1, $2)
            }
            argumentCount = Int(count)
        } catch {
            clReleaseKernel(handle)
            throw error
        }
        self.name = name
        self.program = program
        self.handle = handle
        arguments = Array(repeating: nil, count: argumentCount)
        unsetCount = argumentCount
        program.context.ledger.open(.kernel)
    }

    deinit {
        clReleaseKernel(handle)
        program.context.ledger.close(.kernel)
    }

    /// Sets every argument, in the order of the text.
    package func setArguments(_ arguments: [KernelArgument]) throws(OpenCLError) {
        precondition(
            arguments.count == argumentCount,
            "\(name): \(arguments.count) arguments for a kernel with \(argumentCount): \(arguments)")
        for (index, argument) in arguments.enumerated() {
            try setArgument(index, to: argument)
        }
    }

    /// Sets the argument at `index`; the others stay.
    package func setArgument(_ index: Int, to argument: KernelArgument) throws(OpenCLError) {
        try check("clSetKernelArg", during: "setting of argument \(index) of \(name)") {
            switch argument {
            case .buffer(let buffer): set(index, buffer.handle as cl_mem?)
            case .int32(let value): set(index, value)
            case .uint32(let value): set(index, value)
            case .uint64(let value): set(index, value)
            case .float(let value): set(index, value)
            case .local(let bytes): clSetKernelArg(handle, cl_uint(index), bytes, nil)
            }
        }
        if arguments[index] == nil { unsetCount -= 1 }
        arguments[index] = argument
    }

    /// The largest work-group in which this device can run the kernel.
    package func maximumWorkGroupSize() throws(OpenCLError) -> Int {
        try workGroupValue(CL_KERNEL_WORK_GROUP_SIZE, "work-group size", 0)
    }

    /// Whether the text asks for one size of work-group (`reqd_work_group_size`), as one that counts on it does.
    package var requiresWorkGroup: Bool {
        get throws(OpenCLError) {
            try workGroupValue(CL_KERNEL_COMPILE_WORK_GROUP_SIZE, "required work-group", (0, 0, 0)).0 > 0
        }
    }

    /// A kernel that runs with an argument left unset is a bug of the caller.
    func checkArgumentsAreSet() {
        precondition(
            unsetCount == 0,
            "\(name): argument \(arguments.firstIndex { $0 == nil } ?? 0) of \(argumentCount) is not set")
    }

    private func set<Value: BitwiseCopyable>(_ index: Int, _ value: Value) -> cl_int {
        withUnsafeBytes(of: value) { clSetKernelArg(handle, cl_uint(index), $0.count, $0.baseAddress) }
    }

    private func workGroupValue<Value: BitwiseCopyable>(
        _ parameter: Int32, _ what: String, _ initial: Value
    ) throws(OpenCLError) -> Value {
        try queryValue("clGetKernelWorkGroupInfo", of: "the \(what) of \(name)", initial: initial) {
            clGetKernelWorkGroupInfo(
                handle, program.context.device.handle, cl_kernel_work_group_info(parameter), $0, $1, $2)
        }
    }
}
