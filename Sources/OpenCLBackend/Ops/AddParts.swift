// Long sums in parts, which keep a whole device busy with a small result, and are added in order.

extension KernelCall {
    /// Adds `parts` values of `count` elements that lie one after the other, into those of `result` from `first` on.
    init(
        addingParts parts: Int, of count: Int, from source: Memory, to result: Memory, at first: Int = 0,
        on target: Target
    ) {
        self.init(
            "add_parts", "add_parts",
            [.uint32(count), .uint32(parts), .uint64(first), .memory(source), .memory(result)],
            .row(count, on: target))
    }
}
