// Sums over the outer axes on CPU devices, such as the gradient of a bias: whole rows, read in one stream.

import GraphIR

/// The build constants of `wide/column_sum.cl`.
private struct ColumnSumConstants: BuildConstants {
    let lanes: Int
}

extension Op.Reduce {
    /// Whether this is a sum of many rows of neighbouring outputs.
    func isColumnSum(_ layout: ReduceLayout) -> Bool {
        kind == .sum && layout.keepsOnlyInnerAxes && layout.outputs >= 8 && layout.terms >= 256
    }

    func columnSumLaunch(_ node: LoweredNode, _ layout: ReduceLayout, lanes: Int) -> Launch {
        let prelude = ColumnSumConstants(lanes: lanes).prelude
        let span = (layout.terms + node.target.wideItems - 1) / node.target.wideItems
        let items = (layout.terms + span - 1) / span
        let partial = KernelCall(
            "wide/column_sum", "column_sum_partial", prelude: prelude,
            [.int32(layout.terms), .int32(layout.outputs), .int32(span), .input(node.inputs[0]), .scratch(0)],
            global: [items, 1, 1], local: [1, 1, 1],
            work: Work(operations: layout.terms * layout.outputs, bytes: node.bytes))
        let sum = KernelCall(
            "wide/column_sum", "column_sum", prelude: prelude,
            [.int32(layout.outputs), .int32(items), .scratch(0), .output(node.outputs[0])],
            global: [layout.outputs], local: [layout.outputs.powerOfTwoDivisor(atMost: 16)])
        return node.launch(scratchBytes: [4 * items * layout.outputs], calls: [.kernel(partial), .kernel(sum)])
    }
}
