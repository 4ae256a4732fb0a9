// The OpenCL backend: one device, opened once, on which graphs are compiled.

public import Execution
public import GraphIR
import OpenCLRuntime

/// Runs graphs on an OpenCL device.
public struct OpenCLBackend: Backend {
    let session: DeviceSession
    private(set) var options: OpenCLOptions

    /// Opens the device that `choice` names: `auto`, `gpu`, `cpu`, an index, or a part of a name.
    public init(_ choice: String = "auto", _ options: OpenCLOptions) throws(OpenCLBackendError) {
        if let folder = options.kernelFolder, let missing = KernelLibrary(folder: folder).missing {
            throw .kernelFolder(folder: folder, file: missing)
        }
        do throws(OpenCLError) {
            try OpenCLEnvironment.prepare(cacheFolder: options.cacheFolder)
            session = try DeviceSession(Device.choose(DeviceChoice(choice)), options)
        } catch {
            throw OpenCLBackendError(error)
        }
        self.options = options
    }

    /// Every OpenCL device of this machine; `cacheFolder` as in `OpenCLOptions`.
    public static func devices(cacheFolder: String) throws(OpenCLBackendError) -> [DeviceDescription] {
        do throws(OpenCLError) {
            try OpenCLEnvironment.prepare(cacheFolder: cacheFolder)
            return try Device.all().map { DeviceDescription($0.facts) }
        } catch {
            throw OpenCLBackendError(error)
        }
    }

    /// Declares the kernels compiled so far whole, so that the next process starts from them. To be called at a quiet
    /// moment: after the first step, and at the end.
    public static func sealKernelCache() {
        OpenCLEnvironment.seal()
    }

    /// Device, platform and driver.
    public var name: String {
        let device = deviceDescription
        return "\(device.name) (\(device.platform), \(device.type), driver \(device.driver))"
    }

    /// What is known of the device.
    public var deviceDescription: DeviceDescription { DeviceDescription(session.device.facts) }

    public func compile(_ graph: Graph) throws(ExecutionError) -> OpenCLProgram {
        try OpenCLProgram(graph, session, target, options)
    }

    /// The same device with `kernels` forced for operations, by the operation's name, and nothing else.
    public func forcing(_ kernels: [String: KernelChoice]) -> OpenCLBackend {
        var backend = self
        backend.options.kernels = kernels
        return backend
    }

    /// The device with the choices of kernels that hold on it.
    package var target: Target {
        var target = session.target
        target.forcedKernels = options.kernels
        return target
    }

    public func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int {
        try PlannedGraph(graph, session, target, options).memory.totalBytes
    }
}
