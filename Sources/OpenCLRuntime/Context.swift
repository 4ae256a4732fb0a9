// A context: the driver's home for buffers and programs of one device.

package import COpenCL

/// The context of one device, released with the last object that lives in it.
///
/// Unchecked: OpenCL's calls on a context may come from any thread (OpenCL 1.2, A.2), and nothing here changes.
package final class Context: @unchecked Sendable {
    /// The device it stands for.
    package let device: Device
    /// The driver's handle, for calls in this package.
    package let handle: cl_context
    /// The live handles of this context, itself included.
    package let ledger = HandleLedger()

    /// Opens a context on `device`.
    package init(_ device: Device) throws(OpenCLError) {
        self.device = device
        handle = try create("clCreateContext", during: "opening of device \(device)") { status in
            let platform = Int(bitPattern: device.platform.handle)
            let properties = [cl_context_properties(CL_CONTEXT_PLATFORM), platform, 0]
            var deviceHandle: cl_device_id? = device.handle
            return clCreateContext(properties, 1, &deviceHandle, nil, nil, &status)
        }
        ledger.open(.context)
    }

    deinit {
        clReleaseContext(handle)
        ledger.close(.context)
    }
}
