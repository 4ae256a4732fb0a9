// The one door to the driver: every call whose status matters goes through `check` or `create`.

import COpenCL

/// Makes a call that answers with a status, and throws what it says unless that is success.
///
/// The call is a closure so that a test can refuse it here without making it.
@inline(__always)
func check(
    _ call: StaticString, during intent: @autoclosure () -> String, _ body: () -> cl_int
) throws(OpenCLError) {
    let status = FaultInjection.current?.refusal() ?? body()
    guard status != CL_SUCCESS else { return }
    throw .callFailed(call: "\(call)", status: status, intent: intent())
}

/// Makes a call that answers with a new handle and writes its status aside.
@inline(__always)
func create<Handle>(
    _ call: StaticString, during intent: @autoclosure () -> String, _ body: (inout cl_int) -> Handle?
) throws(OpenCLError) -> Handle {
    var handle: Handle?
    try check(call, during: intent()) {
        var status = CL_SUCCESS
        handle = body(&status)
        return status
    }
    guard let handle else {
        throw .callFailed(call: "\(call)", status: CL_OUT_OF_HOST_MEMORY, intent: intent())
    }
    return handle
}
