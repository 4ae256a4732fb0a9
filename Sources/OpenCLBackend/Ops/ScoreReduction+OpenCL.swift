// Reductions over scores and their gradient: in blocks on CPUs, plainly elsewhere.

import GraphIR

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
        case .plain, .tiled, .winograd, .library: return plainLaunch(node, sizes)
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
        let finish = KernelCall(
            "score_reduction", "score_reduction_finish", prelude: constants.prelude,
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
        case .plain, .tiled, .winograd, .library: return plainLaunch(node, sizes)
        }
    }

    /// Which scores' weights a gradient has: those of the rows that it is the gradient of, of the others, or both.
    private struct Weights {
        let ofRows: Bool
        let ofColumns: Bool
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: ScoreSizes) -> Launch {
        guard !sizes.isOneMatrix else {
            let both = Weights(ofRows: true, ofColumns: true)
            return node.launch(calls: [plainCall(node, sizes, both, into: 0)])
        }
        return node.launch(calls: [
            plainCall(node, sizes, Weights(ofRows: true, ofColumns: false), into: 0),
            plainCall(node, sizes.exchanged, Weights(ofRows: false, ofColumns: true), into: 1),
        ])
    }

    private func plainCall(_ node: LoweredNode, _ sizes: ScoreSizes, _ weights: Weights, into output: Int) -> Call {
        var constants = ScoreReductionConstants(forward, on: node.target)
        let tile = constants.tile
        while constants.features < 64 && constants.features * tile < sizes.depth { constants.features *= 2 }
        let width = tile * constants.features
        let vectors = node.inputs.suffix(3).map { Argument.input($0) }
        return .kernel(
            KernelCall(
                "score_reduction", "score_reduction_backward", prelude: constants.prelude,
                [
                    .int32(sizes.rows), .int32(sizes.columns), .int32(sizes.depth), .float(forward.scale),
                    .int32(forward.excludesDiagonal ? 1 : 0), .int32(weights.ofRows ? 1 : 0),
                    .int32(weights.ofColumns ? 1 : 0), .input(sizes.a), .input(sizes.b),
                ] + vectors + [.output(node.outputs[output])],
                global: [sizes.depth.roundedUp(to: width) / width * tile, sizes.rows.roundedUp(to: tile)],
                local: [tile, tile], work: sizes.work(sizes.isOneMatrix ? 4 : 2, node)))
    }
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

    /// The same scores, transposed.
    var exchanged: ScoreSizes { ScoreSizes(exchanging: self) }

    /// So many operations for each feature of each pair; operands and results moved once.
    func work(_ operations: Int, _ node: LoweredNode) -> Work {
        Work(operations: operations * rows * columns * depth, bytes: node.bytes)
    }
}
