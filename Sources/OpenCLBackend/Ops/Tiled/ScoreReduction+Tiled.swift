// Reductions over scores on GPUs: a tile of scores at a time in the registers of a work-group, which goes along a part of
// the columns; and their gradient, by the weights of some rows of scores at a time.

import GraphIR

/// The build constants of `tiled/score_reduction.cl` beside those of `tiled/multiply.h`.
private struct TiledScoreConstants: BuildConstants {
    let softplus: Int
    let wide: Int
}

/// How scores are cut into tiles, and their columns into parts.
private struct TiledScores {
    let parts: Int
    /// The columns of a part, a multiple of the tile's.
    let span: Int
    let rowTiles: Int
    let prelude: String

    /// Cuts the scores so that the device is busy.
    init(_ op: Op.ScoreReduction, _ sizes: ScoreSizes, _ tile: GroupTile, on target: Target) {
        rowTiles = sizes.rows.roundedUp(to: tile.rows) / tile.rows
        let wanted = max(1, target.busyGroups(of: tile) / rowTiles)
        span = ((sizes.columns + wanted - 1) / wanted).roundedUp(to: tile.columns)
        parts = (sizes.columns + span - 1) / span
        prelude =
            tile.multiplyPrelude() + TiledScoreConstants(softplus: op.softplus, wide: sizes.depth.isWide).prelude
    }
}

extension Op.ScoreReduction {
    func tiledLaunch(_ node: LoweredNode, _ sizes: ScoreSizes, _ tile: GroupTile) -> Launch {
        let scores = TiledScores(self, sizes, tile, on: node.target)
        let partial = KernelCall(
            "tiled/score_reduction", "score_reduction_partial", prelude: scores.prelude,
            [
                .int32(sizes.rows), .int32(sizes.columns), .int32(sizes.depth), .float(scale),
                .int32(excludesDiagonal ? 1 : 0), .int32(scores.span), .input(sizes.a), .input(sizes.b), .scratch(0),
            ], global: [tile.items * scores.rowTiles, scores.parts, 1], local: [tile.items, 1, 1],
            work: sizes.work(2, node))
        return launch(node, partial, parts: scores.parts, of: sizes.rows)
    }
}

extension Op.ScoreReductionBackward {
    func tiledLaunch(_ node: LoweredNode, _ sizes: ScoreSizes, _ tile: GroupTile) -> Launch {
        let chunks = zip(gradients(sizes), node.outputs).flatMap { gradient, output in
            // Behind the first chunk there is the product, too: what makes it writes from the start of a memory.
            node.target.chunks(
                of: gradient.sizes.rows, bytes: 4 * (gradient.sizes.columns + gradient.sizes.depth),
                multiplesOf: tile.rows
            ).map { TiledScoreChunk(self, node, gradient, rows: $0, tile, into: output) }
        }
        let weights = chunks.map(\.weightBytes).max() ?? 0
        return node.launch(
            scratchBytes: [weights] + (chunks.flatMap(\.partBytes).max().map { [$0] } ?? []),
            calls: chunks.flatMap(\.calls))
    }
}

/// Some rows of a gradient: the weights of their scores, in scratch memory 0, then the product of these with the other
/// matrix. So the scores are computed once more, however many tiles the features have.
private struct TiledScoreChunk {
    let weightBytes: Int
    /// The bytes of scratch memory 1, if there is need of it.
    let partBytes: [Int]
    let calls: [Call]

    init(
        _ op: Op.ScoreReductionBackward, _ node: LoweredNode, _ gradient: ScoreGradient, rows: Range<Int>,
        _ tile: GroupTile, into output: ValueID
    ) {
        // Neither scores nor their weights are rounded.
        var target = node.target
        target.precision = .float32
        let (columns, depth) = (gradient.sizes.columns, gradient.sizes.depth)
        let (scoring, weighing) = (Op.MatrixProduct(transposeRight: true), Op.MatrixProduct())
        let scores = TiledSum(rows: rows.count, columns: columns, depth: depth, isWhole: true, tile, on: target)
        let weights = scores.calls(
            "tiled/score_reduction", "score_reduction_weights",
            prelude: TiledScoreConstants(softplus: op.forward.softplus, wide: depth.isWide).prelude,
            op.arguments(node, gradient, rows: rows), result: .scratch(0), scratch: .scratch(0),
            work: scoring.sizes([rows.count, depth], [columns, depth]).work)
        let product = TiledProduct(
            weighing, weighing.sizes([rows.count, columns], [columns, depth]), after: rows.lowerBound * depth, tile,
            on: target)
        weightBytes = 4 * rows.count * columns
        partBytes = product.scratchBytes
        calls =
            weights
            + product.calls(
                left: .scratch(0), right: .input(gradient.sizes.b), result: .output(output), scratch: .scratch(1))
    }
}
