// An opened device: context, queue, and every program built so far.

import OpenCLRuntime
import Synchronization

/// What all graphs on one device share.
final class DeviceSession: Sendable {
    let device: Device
    let queue: Queue
    let target: Target
    private let library: KernelLibrary
    private let cache: ProgramCache
    let trace: Trace?
    private let programs = Mutex<[ProgramKey: Program]>([:])

    /// One text with what stands before it.
    struct ProgramKey: Hashable {
        let source: KernelSource
        let prelude: String
    }

    init(_ device: Device, _ options: OpenCLOptions) throws(OpenCLError) {
        self.device = device
        queue = try Queue(Context(device), profiling: options.profiling)
        target = Target(device.facts, forcedShapes: options.shapes)
        library = KernelLibrary(folder: options.kernelFolder)
        trace = options.trace
        cache = ProgramCache(folder: options.cacheFolder + "/kernels")
    }

    /// Whether the program of `key` has been built already.
    func hasBuilt(_ key: ProgramKey) -> Bool { programs.withLock { $0[key] != nil } }

    /// The built program of `key`, built now unless it is known.
    func program(_ key: ProgramKey) throws(OpenCLError) -> Program {
        if let known = programs.withLock({ $0[key] }) { return known }
        let text: String
        switch key.source {
        case .file(let name):
            guard let found = library.text(named: name) else {
                preconditionFailure("no kernel file '\(name)' in \(KernelLibrary.names)")
            }
            text = found
        case .text(let given, _): text = given
        }
        trace?.tell(.source, "program \(key.source.name):\n\(key.prelude)\(text)")
        let program = try Program(
            queue.context, name: key.source.name, source: key.prelude + text, options: "-cl-std=CL1.2", cache: cache)
        programs.withLock { $0[key] = program }
        return program
    }
}

extension Target {
    /// Describes the device of `facts`.
    init(_ facts: DeviceFacts, forcedShapes: [String: KernelShape] = [:]) {
        let kind: Kind =
            switch facts.type {
            case .cpu: .cpu
            case .gpu, .accelerator: .gpu
            case .simulator: .simulator
            }
        self.init(
            kind: kind, computeUnits: facts.computeUnits, lanes: max(facts.nativeFloatVectorWidth, 1),
            maximumWorkGroup: facts.maximumWorkGroupSize, localMemoryBytes: facts.localMemoryBytes,
            forcedShapes: forcedShapes)
    }
}
