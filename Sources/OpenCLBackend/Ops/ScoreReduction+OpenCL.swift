// Reductions over scores and their gradient: plainly, in blocks on CPUs, in tiles on GPUs.

import GraphIR
import TensorCore

/// The build constants of `score_reduction.cl`.
private struct ScoreReductionConstants: BuildConstants {
    let tile: Int
    var features = 1
    let softplus: Int

    init(_ op: Op.ScoreReduction, on target: Target) {
        tile = target.maximumWorkGroup >= 256 && target.kind != .simulator ? 16 : 8
        softplus = op.softplus
    }
}

extension Op.ScoreReduction {
    /// The build constant SOFTPLUS.
    var softplus: Int {
        switch kind {
        case .logSumExp: 0
        case .softplusSum: 1
        }
    }

    func launch(_ node: LoweredNode) -> Launch {
        let sizes = ScoreSizes(node.inputs, of: node)
        switch node.choice {
        case .wide(let tile): return wideLaunch(node, sizes, tile)
        case .tiled(let tile): return tiledLaunch(node, sizes, tile)
        case .plain, .winograd, .library: return plainLaunch(node, sizes)
        }
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: ScoreSizes) -> Launch {
        let constants = ScoreReductionConstants(self, on: node.target)
        let (tile, rows) = (constants.tile, sizes.rows)
        // As few columns to a part as keep the device busy.
        let wanted = max(1, node.target.busyWorkItems / (tile * rows))
        let span = ((sizes.columns + wanted - 1) / wanted).roundedUp(to: tile)
        let parts = (sizes.columns + span - 1) / span
        let partial = KernelCall(
            "score_reduction", "score_reduction_partial", prelude: constants.prelude,
            [
                .int32(rows), .int32(sizes.columns), .int32(sizes.depth), .float(scale),
                .int32(excludesDiagonal ? 1 : 0), .int32(span), .input(sizes.a), .input(sizes.b), .scratch(0),
            ], global: [tile * parts, rows.roundedUp(to: tile)], local: [tile, tile], work: sizes.work(2, node))
        return launch(node, partial, parts: parts, of: rows)
    }

    /// The launch of `partial`, which makes the maxima and sums of `parts` parts of each row in scratch memory 0, and of
    /// what merges them.
    func launch(_ node: LoweredNode, _ partial: KernelCall, parts: Int, of rows: Int) -> Launch {
        let finish = KernelCall(
            "score_reduction", "score_reduction_finish",
            prelude: ScoreReductionConstants(self, on: node.target).prelude,
            [.int32(rows), .int32(parts), .scratch(0), .output(node.outputs[0]), .output(node.outputs[1])],
            .row(rows, on: node.target))
        return node.launch(scratchBytes: [4 * 2 * parts * rows], calls: [.kernel(partial), .kernel(finish)])
    }
}

extension Op.ScoreReductionBackward {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = ScoreSizes(node.inputs.dropLast(3), of: node)
        switch node.choice {
        case .wide(let tile): return wideLaunch(node, sizes, tile)
        case .tiled(let tile): return tiledLaunch(node, sizes, tile)
        case .plain, .winograd, .library:
            return node.launch(calls: gradients(sizes).enumerated().map { plainCall(node, $1, into: $0) })
        }
    }

    /// The gradients of one matrix, or of both, the scores seen from each.
    func gradients(_ sizes: ScoreSizes) -> [ScoreGradient] {
        sizes.isOneMatrix
            ? [ScoreGradient(sizes: sizes, ofRows: true, ofColumns: true)]
            : [
                ScoreGradient(sizes: sizes, ofRows: true, ofColumns: false),
                ScoreGradient(sizes: sizes.exchanged, ofRows: false, ofColumns: true),
            ]
    }

    /// What a kernel takes before its result and, where `rows` are given, the first of these and their number.
    func arguments(_ node: LoweredNode, _ gradient: ScoreGradient, rows: Range<Int>? = nil) -> [Argument] {
        let sizes = gradient.sizes
        let counts: [Argument] =
            [.int32(sizes.rows), .int32(sizes.columns), .int32(sizes.depth), .float(forward.scale)]
            + [forward.excludesDiagonal, gradient.ofRows, gradient.ofColumns].map { .int32($0 ? 1 : 0) }
        return counts + (rows.map { [.int32($0.lowerBound), .int32($0.count)] } ?? [])
            + ([sizes.a, sizes.b] + node.inputs.suffix(3)).map { .input($0) }
    }

    private func plainCall(_ node: LoweredNode, _ gradient: ScoreGradient, into output: Int) -> Call {
        var constants = ScoreReductionConstants(forward, on: node.target)
        let (tile, sizes) = (constants.tile, gradient.sizes)
        while constants.features < 64 && constants.features * tile < sizes.depth { constants.features *= 2 }
        let width = tile * constants.features
        return .kernel(
            KernelCall(
                "score_reduction", "score_reduction_backward", prelude: constants.prelude,
                arguments(node, gradient) + [.output(node.outputs[output])],
                global: [sizes.depth.roundedUp(to: width) / width * tile, sizes.rows.roundedUp(to: tile)],
                local: [tile, tile], work: gradient.work(node)))
    }
}

/// The gradient of one matrix: that of the rows of scores.
struct ScoreGradient {
    /// The scores, with the matrix as the first.
    let sizes: ScoreSizes
    /// Whether the scores of its rows have weights in it.
    let ofRows: Bool
    /// Whether the scores of the other's rows have.
    let ofColumns: Bool

    /// Two operations for each feature of each pair and each weight.
    func work(_ node: LoweredNode) -> Work { sizes.work(ofRows && ofColumns ? 4 : 2, node) }
}

/// The two matrices whose rows are compared, which may be one, and their extents.
struct ScoreSizes {
    let a: ValueID
    let b: ValueID
    /// N
    let rows: Int
    /// M
    let columns: Int
    /// D
    let depth: Int
    /// Whether the rows of a matrix are compared with themselves.
    let isOneMatrix: Bool

    /// The sizes for `matrices`, one or two.
    init(_ matrices: [ValueID], of node: LoweredNode) {
        (a, b) = (matrices[0], matrices[matrices.count - 1])
        isOneMatrix = matrices.count == 1
        let shapes = [a, b].map { node.graph.type(of: $0).shape }
        (rows, columns, depth) = (shapes[0][0], shapes[1][0], shapes[0][1])
    }

    private init(exchanging sizes: ScoreSizes) {
        (a, b, rows, columns) = (sizes.b, sizes.a, sizes.columns, sizes.rows)
        (depth, isOneMatrix) = (sizes.depth, sizes.isOneMatrix)
    }

    /// The shape of the scores.
    var shape: Shape { [rows, columns] }

    /// The same scores, transposed.
    var exchanged: ScoreSizes { ScoreSizes(exchanging: self) }

    /// So many operations for each feature of each pair; operands and results moved once.
    func work(_ operations: Int, _ node: LoweredNode) -> Work {
        Work(operations: operations * rows * columns * depth, bytes: node.bytes)
    }
}
