// Tells which of a graph's programs is being built.

import OpenCLRuntime

/// Counts the programs of a graph that are not built yet.
final class CompilationProgress {
    private let tell: (@Sendable (KernelProgress) -> Void)?
    private var unbuilt: Set<ProgramKey>
    private let count: Int

    init(_ programs: ProgramPlan, _ session: DeviceSession, _ tell: (@Sendable (KernelProgress) -> Void)?) {
        self.tell = tell
        unbuilt = programs.keys.filter { !session.hasBuilt($0) }
        count = unbuilt.count
    }

    /// Tells that the program of `key` is next, if it must be built.
    func report(_ key: ProgramKey) {
        guard unbuilt.remove(key) != nil else { return }
        tell?(KernelProgress(kernel: key.source.name, number: count - unbuilt.count, count: count))
    }
}
