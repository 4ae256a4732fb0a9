// Work that is spread over the cores, with results in order.

import Dispatch

/// Work on independent items: the result does not depend on the number of threads.
enum Parallel {
    /// Calls `body` for every index below `count`; a thread takes `grain` neighbours at a time.
    static func forEach(_ count: Int, grain: Int = 16, _ body: @Sendable (Int) -> Void) {
        DispatchQueue.concurrentPerform(iterations: (count + grain - 1) / grain) { chunk in
            for index in chunk * grain..<min(count, (chunk + 1) * grain) { body(index) }
        }
    }

    /// `transform` of every index below `count`, in order.
    static func map<Value: Sendable>(
        _ count: Int, grain: Int = 16, _ transform: @Sendable (Int) -> Value
    ) -> [Value] {
        [Value](unsafeUninitializedCapacity: count) { values, filled in
            // Every index is written by one thread, once, and nothing is read before all threads have ended.
            nonisolated(unsafe) let values = values
            forEach(count, grain: grain) { values.initializeElement(at: $0, to: transform($0)) }
            filled = count
        }
    }

    /// The same for a transform that may fail; the error is that of the first index that has one.
    static func map<Value: Sendable>(
        _ count: Int, grain: Int = 16, _ transform: @Sendable (Int) throws(DatasetError) -> Value
    ) throws(DatasetError) -> [Value] {
        let results = map(count, grain: grain) { index -> Result<Value, DatasetError> in
            Result { () throws(DatasetError) in try transform(index) }
        }
        var values: [Value] = []
        values.reserveCapacity(count)
        for result in results {
            values.append(try result.get())
        }
        return values
    }
}
