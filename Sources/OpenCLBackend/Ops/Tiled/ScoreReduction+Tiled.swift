// Reductions over scores on GPUs: a tile of scores at a time in the registers of a work-group, which goes along a part of
// the columns.

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

    /// Cuts the scores so that the device is busy, where `groups` work-groups share each tile of rows, in no more than
    /// `most` parts.
    init(
        _ op: Op.ScoreReduction, _ sizes: ScoreSizes, _ tile: GroupTile, groups: Int = 1, most: Int = .max,
        on target: Target
    ) {
        rowTiles = sizes.rows.roundedUp(to: tile.rows) / tile.rows
        let wanted = max(1, min(most, target.busyGroups(of: tile) / (rowTiles * groups)))
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
    /// The most bytes of all parts of a gradient.
    private static let mostBytes = 64 << 20

    func tiledLaunch(_ node: LoweredNode, _ sizes: ScoreSizes, _ tile: GroupTile) -> Launch {
        var (scratchBytes, calls): ([Int], [Call]) = ([], [])
        for (gradient, output) in zip(gradients(sizes), node.outputs) {
            let sizes = gradient.sizes
            let (count, featureTiles) = (
                sizes.rows * sizes.depth, sizes.depth.roundedUp(to: tile.columns) / tile.columns
            )
            let scores = TiledScores(
                forward, sizes, tile, groups: featureTiles, most: Self.mostBytes / (4 * count), on: node.target)
            let (result, parts) = (Memory.output(output), Memory.scratch(scratchBytes.count))
            let isWhole = scores.parts == 1
            let sum = KernelCall(
                "tiled/score_reduction", "score_reduction_backward", prelude: scores.prelude,
                arguments(node, gradient, span: scores.span) + [.memory(isWhole ? result : parts)],
                global: [tile.items * featureTiles, scores.rowTiles, scores.parts], local: [tile.items, 1, 1],
                work: gradient.work(node))
            calls.append(.kernel(sum))
            if isWhole { continue }
            let add = KernelCall(addingParts: scores.parts, of: count, from: parts, to: result, on: node.target)
            scratchBytes.append(4 * scores.parts * count)
            calls.append(.kernel(add))
        }
        return node.launch(scratchBytes: scratchBytes, calls: calls)
    }
}
