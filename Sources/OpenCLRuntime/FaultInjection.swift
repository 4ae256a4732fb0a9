// Tests make the n-th call to the driver fail, for every n: nothing may leak and every error must be clean.

import Synchronization

/// A plan to refuse one call to the driver with a chosen status, for the calls of one task.
package final class FaultInjection: Sendable {
    /// The plan that calls of this task follow; none outside of tests.
    @TaskLocal package static var current: FaultInjection?

    private let failing: Int
    private let status: Int32
    private let calls = Atomic<Int>(0)

    /// Refuses call number `failing` (the first is 0) with `status`.
    package init(failing: Int, status: Int32) {
        self.failing = failing
        self.status = status
    }

    /// Whether the call was reached and refused.
    package var hasStruck: Bool { calls.load(ordering: .relaxed) > failing }

    /// Counts one call; the status to answer with if it is the one to refuse.
    func refusal() -> Int32? {
        let number = calls.wrappingAdd(1, ordering: .relaxed).oldValue
        return number == failing ? status : nil
    }
}
