// A platform: one vendor's OpenCL, as installed on this machine.

package import COpenCL

/// An installed implementation of OpenCL.
///
/// Unchecked: platform identifiers are valid as long as the process, and never released.
package struct Platform: @unchecked Sendable {
    /// The driver's identifier, for calls in this package.
    package let handle: cl_platform_id
    /// `Portable Computing Language`.
    package let name: String
    /// `OpenCL 3.0 PoCL 3.1+debian ...`.
    package let version: String

    init(handle: cl_platform_id) throws(OpenCLError) {
        func text(_ parameter: Int32, _ what: String) throws(OpenCLError) -> String {
            try queryString("clGetPlatformInfo", of: "the platform's \(what)") {
                clGetPlatformInfo(handle, cl_platform_info(parameter), $0, $1, $2)
            }
        }
        self.handle = handle
        name = try text(CL_PLATFORM_NAME, "name")
        version = try text(CL_PLATFORM_VERSION, "version")
    }

    /// Every installed platform, in the order of the loader.
    ///
    /// - Throws: `OpenCLError.callFailed` if the loader itself fails; no platform at all is an empty list.
    static func handles() throws(OpenCLError) -> [cl_platform_id] {
        var count: cl_uint = 0
        var isEmpty = false
        try check("clGetPlatformIDs", during: "search for platforms") {
            let status = clGetPlatformIDs(0, nil, &count)
            isEmpty = status == platformNotFound
            return isEmpty ? CL_SUCCESS : status
        }
        guard !isEmpty, count > 0 else { return [] }
        var handles = [cl_platform_id?](repeating: nil, count: Int(count))
        try check("clGetPlatformIDs", during: "listing of \(count) platforms") {
            clGetPlatformIDs(count, &handles, nil)
        }
        return handles.compactMap { $0 }
    }

    /// The identifiers of the platform's devices of every type.
    func deviceHandles() throws(OpenCLError) -> [cl_device_id] {
        let all = cl_device_type(0xFFFF_FFFF)  // CL_DEVICE_TYPE_ALL, whose macro has a cast that is not imported
        var count: cl_uint = 0
        try check("clGetDeviceIDs", during: "search for devices of \(name)") {
            let status = clGetDeviceIDs(handle, all, 0, nil, &count)
            return status == CL_DEVICE_NOT_FOUND ? CL_SUCCESS : status
        }
        guard count > 0 else { return [] }
        var handles = [cl_device_id?](repeating: nil, count: Int(count))
        try check("clGetDeviceIDs", during: "listing of \(count) devices of \(name)") {
            clGetDeviceIDs(handle, all, count, &handles, nil)
        }
        return handles.compactMap { $0 }
    }
}

/// What the loader says where no driver is installed (cl_ext.h).
private let platformNotFound: cl_int = -1001
