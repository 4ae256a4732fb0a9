// Counts the handles that are alive and the bytes they hold, so that a test can show that nothing leaks.

import Synchronization

/// The kinds of driver objects that we own.
package enum HandleKind: String, CaseIterable, Sendable {
    case context, queue, buffer, program, kernel, event
}

/// The live handles of one context, or of the whole process.
package final class HandleLedger: Sendable {
    /// Every handle of this process.
    package static let process = HandleLedger()

    private struct Counts {
        var live: [HandleKind: Int] = [:]
        var bytes = 0
        var peakBytes = 0
    }

    private let counts = Mutex(Counts())

    /// The number of live handles of `kind`.
    package func live(_ kind: HandleKind) -> Int {
        counts.withLock { $0.live[kind, default: 0] }
    }

    /// The number of live handles of all kinds.
    package var live: Int {
        counts.withLock { $0.live.values.reduce(0, +) }
    }

    /// The bytes of all live buffers.
    package var bytes: Int { counts.withLock { $0.bytes } }

    /// The largest `bytes` has been.
    package var peakBytes: Int { counts.withLock { $0.peakBytes } }

    /// Enters a new handle here and in the ledger of the process.
    func open(_ kind: HandleKind, bytes: Int = 0) {
        record(kind, 1, bytes)
        Self.process.record(kind, 1, bytes)
    }

    /// Strikes a released handle here and in the ledger of the process.
    func close(_ kind: HandleKind, bytes: Int = 0) {
        record(kind, -1, -bytes)
        Self.process.record(kind, -1, -bytes)
    }

    private func record(_ kind: HandleKind, _ change: Int, _ bytes: Int) {
        counts.withLock { counts in
            counts.live[kind, default: 0] += change
            counts.bytes += bytes
            counts.peakBytes = max(counts.peakBytes, counts.bytes)
        }
    }
}
