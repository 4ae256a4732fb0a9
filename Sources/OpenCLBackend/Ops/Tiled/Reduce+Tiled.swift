// Reductions of the rows or the columns of a matrix on GPUs: by work-groups in parts, then those of the parts.

import GraphIR

/// The build constants of `tiled/reduce.cl` beside those of `tiled/columns.h`.
private struct TiledReduceConstants: BuildConstants {
    let maximum: Int
}

extension Op.Reduce {
    func tiledLaunch(_ node: LoweredNode, _ layout: ReduceLayout, _ tile: GroupTile) -> Launch {
        let work = Work(operations: layout.outputs * layout.terms, bytes: node.bytes)
        let x = Argument.input(node.inputs[0]), y = Argument.output(node.outputs[0])
        let stage = TiledReduction(kind, layout, terms: layout.terms, tile, on: node.target)
        if stage.parts == 1 { return node.launch(calls: [stage.call(from: x, into: y, work)]) }
        let last = TiledReduction(kind, layout, terms: stage.parts, tile, on: node.target, isWhole: true)
        return node.launch(
            scratchBytes: [4 * stage.parts * layout.outputs],
            calls: [stage.call(from: x, into: .scratch(0), work), last.call(from: .scratch(0), into: y, Work())])
    }
}

/// One of the two stages of a reduction.
private struct TiledReduction {
    /// The parts of each output's terms, which are its terms in the next stage.
    let parts: Int
    private let function: String
    private let prelude: String
    private let sizes: [Argument]
    private let global: [Int]
    private let local: [Int]

    /// The stage that reduces `terms` of each output, in parts that keep the device busy unless it `isWhole`.
    init(
        _ kind: Op.Reduce.Kind, _ layout: ReduceLayout, terms: Int, _ tile: GroupTile, on target: Target,
        isWhole: Bool = false
    ) {
        let (outputs, ofRows) = (layout.outputs, layout.reducesRows)
        // Along the terms, and along the outputs.
        let lanes = ofRows ? 1 : outputs.powerOfTwoDivisor(atMost: 4)
        let group =
            ofRows ? tile.fitted(to: outputs, by: terms) : tile.fitted(to: terms, by: outputs / lanes)
        let (along, across) = ofRows ? (group.columns, group.rows) : (group.rows, group.columns)
        let width = (outputs / lanes).roundedUp(to: across)
        let wanted = isWhole ? 1 : max(1, target.busyGroups(of: group) * across / width)
        let span = ((terms + wanted - 1) / wanted).roundedUp(to: along)
        parts = (terms + span - 1) / span
        function = ofRows ? "reduce_rows" : "reduce_columns"
        prelude =
            GroupConstants(group, lanes: lanes).prelude
            + TiledReduceConstants(maximum: kind == .maximum ? 1 : 0).prelude
        sizes = (ofRows ? [outputs, terms, span] : [terms, outputs, span]).map { .uint32($0) }
        global = ofRows ? [along * parts, width, 1] : [width, along * parts, 1]
        local = [group.columns, group.rows, 1]
    }

    func call(from x: Argument, into y: Argument, _ work: Work) -> Call {
        .kernel(
            KernelCall(
                "tiled/reduce", function, prelude: prelude, sizes + [x, y], global: global, local: local, work: work))
    }
}
