// The next batch is made while this step runs.

import Dispatch
import Synchronization

/// Hands out the batches of a source, and makes the one after in the background.
///
/// What it hands out is what the source makes, whatever is ready when: prefetching changes no bits.
public final class Prefetcher: Sendable {
    /// A batch in the making.
    private final class Pending: Sendable {
        let step: Int
        private let ready = DispatchSemaphore(value: 0)
        private let batch = Mutex<PairBatch?>(nil)

        init(step: Int) { self.step = step }

        func fulfil(_ value: PairBatch) {
            batch.withLock { $0 = value }
            ready.signal()
        }

        func wait() -> PairBatch? {
            ready.wait()
            return batch.withLock { $0 }
        }
    }

    private let source: any PairSource
    private let queue = DispatchQueue(label: "diptych.prefetch")
    private let pending = Mutex<Pending?>(nil)

    /// Makes a prefetcher of the batches of `source`; nothing is made yet.
    public init(_ source: any PairSource) {
        self.source = source
    }

    /// The batch of `step`; the one of the step after is begun.
    public func batch(step: Int) -> PairBatch {
        let ready = pending.withLock { pending in
            defer { pending = nil }
            return pending?.step == step ? pending : nil
        }
        let batch = ready?.wait() ?? source.batch(step: step)
        prepare(step: step + 1)
        return batch
    }

    private func prepare(step: Int) {
        let next = Pending(step: step)
        pending.withLock { $0 = next }
        queue.async { [source] in next.fulfil(source.batch(step: step)) }
    }
}
