// What a program is made of, and how the driver's compiler is asked to make it.

import COpenCL

/// Kernel text with its name and build options.
package struct ProgramText: Hashable, Sendable {
    /// The name of the kernel file, for messages.
    package let name: String
    /// OpenCL C.
    package let source: String
    /// Build options, as the compiler takes them.
    package let options: String

    /// Names what is to be built.
    package init(name: String, source: String, options: String = "") {
        self.name = name
        self.source = source
        self.options = options
    }

    /// A handle of the built program; the caller owns it.
    func build(for context: Context) throws(OpenCLError) -> cl_program {
        let handle = try create("clCreateProgramWithSource", during: "loading of program \(name)") { status in
            source.withCString { text in
                var text: UnsafePointer<CChar>? = text
                var length = source.utf8.count
                return clCreateProgramWithSource(context.handle, 1, &text, &length, &status)
            }
        }
        do throws(OpenCLError) {
            try compile(handle, for: context)
        } catch {
            clReleaseProgram(handle)
            throw error
        }
        return handle
    }

    /// A handle of the program that the driver once made; nil if it does not take it back.
    func restore(_ binary: [UInt8], for context: Context) -> cl_program? {
        var handle: cl_program?
        do throws(OpenCLError) {
            let restored = try create("clCreateProgramWithBinary", during: "reload of program \(name)") { status in
                binary.withUnsafeBufferPointer { bytes in
                    var deviceHandle: cl_device_id? = context.device.handle
                    var length = bytes.count
                    var start = bytes.baseAddress
                    return clCreateProgramWithBinary(context.handle, 1, &deviceHandle, &length, &start, nil, &status)
                }
            }
            handle = restored
            try compile(restored, for: context)
            return restored
        } catch {
            handle.map { _ = clReleaseProgram($0) }
            return nil
        }
    }

    private func compile(_ handle: cl_program, for context: Context) throws(OpenCLError) {
        let device = context.device
        do throws(OpenCLError) {
            try check("clBuildProgram", during: "build of program \(name) with '\(options)'") {
                var deviceHandle: cl_device_id? = device.handle
                return clBuildProgram(handle, 1, &deviceHandle, options, nil, nil)
            }
        } catch {
            guard case .callFailed(_, let status, _) = error, status == CL_BUILD_PROGRAM_FAILURE else { throw error }
            throw .buildFailed(program: name, device: device.name, options: options, log: log(of: handle, on: device))
        }
    }

    private func log(of handle: cl_program, on device: Device) -> String {
        let log = try? queryString("clGetProgramBuildInfo", of: "the build log of \(name)") {
            clGetProgramBuildInfo(handle, device.handle, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
        }
        return log ?? ""
    }
}
