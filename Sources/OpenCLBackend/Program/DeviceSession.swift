// An opened device: context, queue, and every program built so far.

import OpenCLRuntime
import Synchronization

/// What all graphs on one device share.
final class DeviceSession: Sendable {
    let device: Device
    let queue: Queue
    /// The device, with nothing forced and nothing tuned.
    let target: Target
    /// Where the choices measured on it lie.
    let tuningFile: TuningFile
    private let library: KernelLibrary
    private let cache: ProgramCache
    let trace: Trace?
    private let programs = Mutex<[ProgramKey: Program]>([:])

    /// The flags with which every program is built.
    static let buildOptions = "-cl-std=CL1.2"

    init(_ device: Device, _ options: OpenCLOptions) throws(OpenCLError) {
        self.device = device
        queue = try Queue(Context(device), profiling: options.profiling)
        target = Target(device.facts)
        library = KernelLibrary(folder: options.kernelFolder)
        tuningFile = TuningFile(in: options.cacheFolder, for: device.facts, library)
        trace = options.trace
        cache = ProgramCache(folder: options.cacheFolder + "/kernels")
    }

    /// Whether the program of `key` has been built already.
    func hasBuilt(_ key: ProgramKey) -> Bool { programs.withLock { $0[key] != nil } }

    /// The built program of `key`, built now unless it is known.
    func program(_ key: ProgramKey) throws(OpenCLError) -> Program {
        if let known = programs.withLock({ $0[key] }) { return known }
        let text = key.text(library)
        trace?.tell(.source, "program \(key.source.name):\n\(text)")
        let program = try Program(
            queue.context, name: key.source.name, source: text, options: Self.buildOptions, cache: cache)
        programs.withLock { $0[key] = program }
        return program
    }
}

extension Target {
    /// Describes the device of `facts`.
    init(_ facts: DeviceFacts) {
        let kind: Kind =
            switch facts.type {
            case .cpu: .cpu
            case .gpu, .accelerator: .gpu
            case .simulator: .simulator
            }
        // A CPU device is the processor that we run on; OpenCL tells nothing of its registers.
        #if arch(arm64)
            let registers: Int? = 32
        #else
            let registers: Int? = nil
        #endif
        self.init(
            kind: kind, computeUnits: facts.computeUnits, lanes: max(facts.nativeFloatVectorWidth, 1),
            vectorRegisters: registers, maximumWorkGroup: facts.maximumWorkGroupSize,
            localMemoryBytes: facts.localMemoryBytes, argumentBytes: facts.maximumArgumentBytes)
    }
}
