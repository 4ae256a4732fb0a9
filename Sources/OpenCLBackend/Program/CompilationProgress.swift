// Tells which of a graph's programs is being built.

import OpenCLRuntime

/// Counts the programs of a graph that are not built yet.
final class CompilationProgress {
    private let tell: (@Sendable (KernelProgress) -> Void)?
    private var unbuilt: Set<DeviceSession.ProgramKey>
    private let count: Int

    init(_ launches: [Launch], _ session: DeviceSession, _ tell: (@Sendable (KernelProgress) -> Void)?) {
        self.tell = tell
        let keys = launches.flatMap(\.calls).compactMap(\.programKey)
        unbuilt = Set(keys.filter { !session.hasBuilt($0) })
        count = unbuilt.count
    }

    /// Tells that `call` is next, if its program must be built.
    func report(_ call: Call) {
        guard let key = call.programKey, unbuilt.remove(key) != nil else { return }
        tell?(KernelProgress(kernel: key.source.name, number: count - unbuilt.count, count: count))
    }
}

extension Call {
    /// The program that the call needs, if it is a kernel of ours.
    fileprivate var programKey: DeviceSession.ProgramKey? {
        if case .kernel(let call) = self { return .init(source: call.source, prelude: call.prelude) }
        return nil
    }
}
