// A device: its handle and its facts, and the list of all there are.

package import COpenCL

/// One OpenCL device; its facts read as its own members (`device.name`).
///
/// Unchecked: a root device's identifier is valid as long as the process, never released, and may be used anywhere.
@dynamicMemberLookup
package struct Device: @unchecked Sendable, CustomStringConvertible {
    /// The driver's identifier, for calls in this package.
    package let handle: cl_device_id
    /// The platform it belongs to.
    package let platform: Platform
    /// What its driver says of it.
    package let facts: DeviceFacts

    init(handle: cl_device_id, platform: Platform, index: Int) throws(OpenCLError) {
        self.handle = handle
        self.platform = platform
        facts = try DeviceFacts(handle: handle, platform: platform, index: index)
    }

    package subscript<Value>(dynamicMember member: KeyPath<DeviceFacts, Value>) -> Value {
        facts[keyPath: member]
    }

    /// As its facts say: `1: NVIDIA H200 (NVIDIA CUDA, gpu)`.
    package var description: String { facts.description }

    /// Every device of every platform, in the drivers' order; the place in this list is the device's index.
    ///
    /// A platform or device that cannot be asked is left out, so that one broken driver does not hide the others.
    /// - Throws: `OpenCLError.callFailed`, the first one met, if nothing at all could be listed because of it.
    package static func all() throws(OpenCLError) -> [Device] {
        var devices: [Device] = []
        var firstFailure: OpenCLError?
        for platformHandle in try Platform.handles() {
            do throws(OpenCLError) {
                let platform = try Platform(handle: platformHandle)
                for handle in try platform.deviceHandles() {
                    devices.append(try Device(handle: handle, platform: platform, index: devices.count))
                }
            } catch {
                firstFailure = firstFailure ?? error
            }
        }
        if devices.isEmpty, let firstFailure { throw firstFailure }
        return devices
    }

    /// The device that `choice` means on this machine.
    ///
    /// - Throws: `noDevice`, `ambiguousDevice` or `unusableDevice`, each naming what there is.
    package static func choose(_ choice: DeviceChoice) throws(OpenCLError) -> Device {
        let devices = try all()
        return devices[try choice.pick(from: devices.map(\.facts))]
    }
}
