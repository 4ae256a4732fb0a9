// Reductions over scores on CPU devices: blocks of scores that stay in the cache, in rounds in which no two work-items
// write the same; of a matrix with itself, each block is computed once.

import GraphIR

/// The build constants of `wide/score_reduction.cl` and `wide/score_reduction_backward.cl`.
private struct WideScoreConstants: BuildConstants {
    let lanes: Int
    let tileRows: Int
    let block = 192
    let softplus: Int
}

/// How rows and columns are cut into parts, and what the kernels want of it.
private struct WideScores {
    let op: Op.ScoreReduction
    let sizes: ScoreSizes
    let constants: WideScoreConstants
    /// The parts of the rows, and as many of the columns: a work-item for each.
    let items: Int
    let spanRows: Int
    let spanColumns: Int

    init(_ op: Op.ScoreReduction, _ sizes: ScoreSizes, _ tile: RegisterTile, on target: Target) {
        (self.op, self.sizes) = (op, sizes)
        constants = WideScoreConstants(lanes: tile.lanes, tileRows: tile.rows, softplus: op.softplus)
        let longest = max(sizes.rows, sizes.columns)
        items = min(target.wideItems, (longest + constants.block / 2 - 1) / (constants.block / 2))
        spanRows = (sizes.rows + items - 1) / items
        spanColumns = (sizes.columns + items - 1) / items
    }

    var panel: Int { 2 * constants.lanes }
    var tiles: Int { spanRows.roundedUp(to: constants.tileRows) / constants.tileRows }
    var panels: Int { spanColumns.roundedUp(to: panel) / panel }
    var slices: Int { sizes.depth.roundedUp(to: panel) / panel }

    var leftBytes: Int { 4 * items * tiles * constants.tileRows * sizes.depth }
    var rightBytes: Int { 4 * items * panels * panel * sizes.depth }
    var blockBytes: Int { 4 * items * constants.block * (constants.block + constants.lanes) }
    func sliceBytes(_ rows: Int) -> Int { 4 * slices * panel * rows }

    /// A call of `function`; the whole work of a sequence of rounds is counted at the first.
    func call(_ file: KernelSource, _ function: String, _ arguments: [Argument], _ global: [Int], _ work: Work = Work())
        -> Call
    {
        .kernel(
            KernelCall(
                file, function, prelude: constants.prelude, arguments,
                global: global + [Int](repeating: 1, count: 3 - global.count), local: [1, 1, 1], work: work))
    }

    /// The packed rows of both sides, in the scratch memories 0 and 1.
    var packing: [Call] {
        let depth = Argument.int32(sizes.depth)
        return [
            call(
                "wide/score_reduction", "score_reduction_pack_left",
                [.int32(sizes.rows), depth, .int32(spanRows), .input(sizes.a), .scratch(0)], [tiles, items]),
            call(
                "wide/score_reduction", "score_reduction_pack_right",
                [.int32(sizes.columns), depth, .int32(spanColumns), .input(sizes.b), .scratch(1)], [panels, items]),
        ]
    }

    /// What the kernels of a round take first, and how many work-items there are.
    func round(_ round: Int) -> (arguments: [Argument], items: Int) {
        let arguments: [Argument] = [
            .int32(sizes.rows), .int32(sizes.columns), .int32(sizes.depth), .float(op.scale),
            .int32(sizes.isOneMatrix ? 1 : 0), .int32(op.excludesDiagonal ? 1 : 0), .int32(items), .int32(spanRows),
            .int32(spanColumns), .int32(round), .scratch(0), .scratch(1),
        ]
        let isHalf = sizes.isOneMatrix && round > 0 && 2 * round == items
        return (arguments, isHalf ? items / 2 : items)
    }

    /// The rounds in which every block beside the diagonal and its mirror image are met once.
    var symmetricRounds: ClosedRange<Int> { 0...items / 2 }
}

extension Op.ScoreReduction {
    func wideLaunch(_ node: LoweredNode, _ sizes: ScoreSizes, _ tile: RegisterTile) -> Launch {
        let scores = WideScores(self, sizes, tile, on: node.target)
        let rounds = sizes.isOneMatrix ? scores.symmetricRounds : 0...0
        let reductions = rounds.map { index in
            let round = scores.round(index)
            return scores.call(
                "wide/score_reduction", "score_reduction_forward", round.arguments + [.scratch(2), .scratch(3)],
                [round.items], index == 0 ? sizes.work(2, node) : Work())
        }
        let finish = KernelCall(
            "wide/score_reduction", "score_reduction_finish", prelude: scores.constants.prelude,
            [.int32(sizes.rows), .scratch(3), .output(node.outputs[0]), .output(node.outputs[1])],
            .row(sizes.rows, on: node.target))
        return node.launch(
            scratchBytes: [scores.leftBytes, scores.rightBytes, scores.blockBytes, 4 * 4 * sizes.rows],
            calls: scores.packing + reductions + [.kernel(finish)])
    }
}

extension Op.ScoreReductionBackward {
    func wideLaunch(_ node: LoweredNode, _ sizes: ScoreSizes, _ tile: RegisterTile) -> Launch {
        let scores = WideScores(forward, sizes, tile, on: node.target)
        let isOne = sizes.isOneMatrix
        func slice(_ rows: Int, _ matrix: ValueID, _ scratch: Int) -> Call {
            scores.call(
                "wide/score_reduction_backward", "score_reduction_backward_pack",
                [.int32(rows), .int32(sizes.depth), .input(matrix), .scratch(scratch)], [scores.slices])
        }
        // Of one matrix: the same slices on both sides, and the second part of the sum in scratch memory.
        let da = Argument.output(node.outputs[0])
        let db = isOne ? Argument.scratch(4) : .output(node.outputs[1])
        let operands: [Argument] =
            [.scratch(3), .scratch(isOne ? 3 : 4)] + node.inputs.suffix(3).map { .input($0) } + [.scratch(2), da, db]
        let rounds = (isOne ? scores.symmetricRounds : 0...scores.items - 1).map { index in
            let round = scores.round(index)
            return scores.call(
                "wide/score_reduction_backward", "score_reduction_backward", round.arguments + operands,
                [round.items], index == 0 ? sizes.work(4, node) : Work())
        }
        let slices = [slice(sizes.rows, sizes.a, 3)] + (isOne ? [] : [slice(sizes.columns, sizes.b, 4)])
        let count = sizes.rows * sizes.depth
        let add = KernelCall(
            "wide/score_reduction_backward", "score_reduction_backward_add", prelude: scores.constants.prelude,
            [.uint64(count), db, da], .row(count, on: node.target))
        return node.launch(
            scratchBytes: [
                scores.leftBytes, scores.rightBytes, scores.blockBytes, scores.sliceBytes(sizes.rows),
                isOne ? 4 * count : scores.sliceBytes(sizes.columns),
            ], calls: scores.packing + slices + rounds + (isOne ? [.kernel(add)] : []))
    }
}
