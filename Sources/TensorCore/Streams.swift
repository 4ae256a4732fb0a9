// The names of the random sequences that data is drawn from, so that no two meet.

/// What random numbers are drawn for; the first byte of the stream.
package enum Purpose: UInt64 {
    case alphabet = 0xD0
    case hand, character, drawing
    case order, pair, view

    /// The sequence for the `inner`-th part of the `outer`-th thing.
    package func generator(seed: UInt64, _ outer: Int, _ inner: Int = 0) -> CounterGenerator {
        precondition(outer >= 0 && outer < 1 << 32 && inner >= 0 && inner < 1 << 24, "\(self) \(outer), \(inner)")
        return CounterGenerator(seed: seed, stream: rawValue << 56 | UInt64(outer) << 24 | UInt64(inner))
    }
}
