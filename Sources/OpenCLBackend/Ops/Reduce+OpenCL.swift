// Reductions over axes, in two stages of fixed order.

import GraphIR
import TensorCore

/// The build constants of `reduce.cl`.
private struct ReduceConstants {
    let maximum: Int
    let partsFirst: Int
    let lanes: Int
    /// Where term t of output o lies.
    let offset: String

    var prelude: String {
        """
        #define MAXIMUM \(maximum)
        #define PARTS_FIRST \(partsFirst)
        #define LANES \(lanes)
        #define OFFSET(o, t) (\(offset))

        """
    }
}

extension Op.Reduce {
    func launch(_ node: LoweredNode) -> Launch {
        let layout = ReduceLayout(node.inputShapes[0], axes: axes)
        switch node.choice {
        case .wide(let tile) where isColumnSum(layout): return columnSumLaunch(node, layout, lanes: tile.lanes)
        case .wide, .plain, .tiled, .winograd, .library: return plainLaunch(node, layout)
        }
    }

    private func plainLaunch(_ node: LoweredNode, _ layout: ReduceLayout) -> Launch {
        let (outputs, terms, target) = (layout.outputs, layout.terms, node.target)
        let isRow = layout.hasNeighbouringTerms
        let lanes = target.kind == .cpu ? layout.lanes(atMost: target.lanes) : 1
        // Enough parts to keep the device busy, none of them too small to be worth it.
        let wanted = target.busyWorkItems * lanes / outputs
        let partials = max(1, min(wanted, terms / 32, target.kind == .gpu && isRow ? 256 : 1024))
        let count = (terms + partials - 1) / partials
        let strided = isRow && target.kind == .gpu
        let constants = ReduceConstants(
            maximum: kind == .maximum ? 1 : 0, partsFirst: strided ? 1 : 0, lanes: lanes, offset: layout.offset)
        let stage = partials == 1 ? Argument.output(node.outputs[0]) : .scratch(0)
        let (width, height) = strided ? (partials, outputs) : (outputs / lanes, partials)
        let partial = KernelCall(
            "reduce", "reduce_partial", prelude: constants.prelude,
            [
                .uint32(outputs), .uint32(terms), .uint32(partials), .uint32(count), .uint32(strided ? 1 : count),
                .uint32(strided ? partials : 1), .input(node.inputs[0]), stage,
            ], .grid(width, height, on: target), work: Work(operations: outputs * terms, bytes: node.bytes))
        guard partials > 1 else { return node.launch(partial) }
        let finish = KernelCall(
            "reduce", "reduce_finish", prelude: constants.prelude,
            [.uint32(outputs), .uint32(partials), stage, .output(node.outputs[0])],
            .row(outputs / lanes, on: target))
        return node.launch(scratchBytes: [partials * outputs * 4], calls: [.kernel(partial), .kernel(finish)])
    }
}

/// Which elements are the terms of which output.
struct ReduceLayout {
    let outputs: Int
    let terms: Int
    /// Where term `t` of output `o` lies.
    let offset: String
    /// Whether the terms of an output are neighbours in memory.
    let hasNeighbouringTerms: Bool
    /// The outputs that lie side by side.
    private let innerOutputs: Int

    /// Whether the kept axes are all behind the reduced ones: a matrix whose columns are reduced.
    var keepsOnlyInnerAxes: Bool { innerOutputs == outputs && !hasNeighbouringTerms }

    init(_ shape: Shape, axes: [Int]) {
        let (extents, strides) = (shape.extents, shape.strides)
        let kept = extents.indices.filter { !axes.contains($0) }
        outputs = kept.reduce(1) { $0 * extents[$1] }
        terms = axes.reduce(1) { $0 * extents[$1] }
        let output = StridedIndex(extents: kept.map { extents[$0] }, strides: kept.map { strides[$0] })
        let term = StridedIndex(extents: axes.map { extents[$0] }, strides: axes.map { strides[$0] })
        offset = "\(output.text("(o)")) + \(term.text("(t)"))"
        let last = extents.indices.last { extents[$0] > 1 }
        hasNeighbouringTerms = last.map(axes.contains) ?? false
        // The outputs that lie side by side: the kept axes behind the last one reduced.
        let lastReduced = axes.last { extents[$0] > 1 } ?? -1
        innerOutputs = extents.indices.filter { $0 > lastReduced }.reduce(1) { $0 * extents[$1] }
    }

    /// How many neighbouring outputs one work-item may take: a power of two up to `most` that divides their number.
    func lanes(atMost most: Int) -> Int {
        innerOutputs.powerOfTwoDivisor(atMost: min(most, 16))
    }
}
