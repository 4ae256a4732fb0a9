// The OpenCL backend: one device, opened once, on which graphs are compiled.

public import Execution
public import GraphIR
import OpenCLRuntime
public import TensorCore

/// Runs graphs on an OpenCL device.
public struct OpenCLBackend: Backend {
    /// What was measured on this device, as it lay in the cache folder, or what a run that goes on has recorded.
    public private(set) var tuning: TuningTable = [:]
    /// What is wrong with the file of measured choices, in one line, if something is; the device works without.
    public let tuningProblem: String?
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
        (tuning, tuningProblem) = options.usesTuning ? session.tuningFile.load() : ([:], nil)
        options.trace?.tell(.device, "\(tuning.count) tuned kernels in \(tuningPath)")
        if let reason = TensorProbe.obstacle(on: self) {
            throw .precision(options.precision, device: session.device.name, reason: reason)
        }
    }

    /// Every OpenCL device of this machine, as `options` would open it.
    public static func devices(_ options: OpenCLOptions) throws(OpenCLBackendError) -> [DeviceDescription] {
        do throws(OpenCLError) {
            try OpenCLEnvironment.prepare(cacheFolder: options.cacheFolder)
            let library = KernelLibrary(folder: options.kernelFolder)
            return try Device.all().map { device in
                let tuning = TuningFile(in: options.cacheFolder, for: device.facts, library).load().table
                return DeviceDescription(device.facts, tunedKernels: tuning.count)
            }
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

    public var precision: Precision { options.precision }

    /// What is known of the device.
    public var deviceDescription: DeviceDescription {
        DeviceDescription(session.device.facts, tunedKernels: tuning.count)
    }

    public var isAccelerator: Bool { session.target.kind == .gpu }

    public func compile(_ graph: Graph) throws(ExecutionError) -> OpenCLProgram {
        try OpenCLProgram(graph, session, target, options)
    }

    /// The same device with `kernels` forced for operations, by the operation's name, and nothing else forced.
    public func forcing(_ kernels: [String: KernelChoice]) -> OpenCLBackend {
        var backend = self
        (backend.options.kernelFamily, backend.options.kernels) = (nil, kernels)
        return backend
    }

    /// The same device with the choices that a program had; where one is forced now, that counts.
    public func keeping(_ kernelShapes: [String: String]) -> OpenCLBackend {
        var backend = self
        for (key, text) in kernelShapes {
            backend.tuning[key] = KernelChoice(text, for: String(key.prefix { $0 != " " })) ?? tuning[key]
        }
        return backend
    }

    /// The file in which the choices that were measured on this device lie.
    public var tuningPath: String { session.tuningFile.path }

    /// Adds `table` to the choices that were measured before, on disk.
    ///
    /// - Throws: `OpenCLBackendError.cacheFolder` where the file cannot be written; the one before is whole then.
    public func store(_ table: TuningTable) throws(OpenCLBackendError) {
        do throws(OpenCLError) {
            try session.tuningFile.store(session.tuningFile.load().table.merging(table) { $1 })
        } catch {
            throw OpenCLBackendError(error)
        }
    }

    /// The device with the choices of kernels that hold on it.
    package var target: Target {
        var target = session.target
        target.precision = options.precision
        let family = options.kernelFamily.map(target.kernels(of:)) ?? [:]
        (target.forcedKernels, target.tunedKernels) = (family.merging(options.kernels) { $1 }, tuning)
        target.computeUnits = options.computeUnits ?? target.computeUnits
        target.chunkBytes = options.chunkBytes ?? target.chunkBytes
        target.mostGroups = options.mostGroups ?? target.mostGroups
        return target
    }

    public func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int {
        try PlannedGraph(graph, session, target, options).memory.totalBytes
    }
}
