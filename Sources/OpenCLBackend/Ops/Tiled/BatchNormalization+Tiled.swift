// Batch normalization and its gradient on GPUs: neighbouring channels side by side in a work-group, and the rows of each
// view in parts, whose sums are merged in a second call.

import GraphIR
import TensorCore

/// A batch normalization, cut for work-groups.
struct TiledNormalization {
    private let matrix: TiledColumns

    init(_ shape: Shape, views: Int, _ tile: GroupTile, _ target: Target) {
        let channels = shape[shape.rank - 1]
        matrix = TiledColumns(
            rows: shape.count / channels / views, columns: channels, views: views, tile, on: target)
    }

    /// The bytes of two numbers for each channel of `parts` parts, or of as many as there are.
    func bytes(_ parts: Int? = nil) -> Int { matrix.bytes(2 * (parts ?? matrix.parts)) }

    /// rows, C.
    private var sizes: [Argument] { [.uint32(matrix.rows), .uint32(matrix.columns)] }

    /// A call of `function` that sums the rows of each part, or passes over them where it only `maps`.
    func call(_ function: String, maps: Bool = false, _ arguments: [Argument], _ work: Work) -> Call {
        let span = maps ? matrix.mapSpan : matrix.span
        return matrix.call(
            "tiled/batch_normalization", function, sizes + [.uint32(span)] + arguments, span: span, work)
    }

    /// A call with a work-group for some channels of every view, or of all `views` together.
    private func perChannel(_ function: String, _ arguments: [Argument], views: Int? = nil) -> Call {
        matrix.call(
            "tiled/batch_normalization", function, sizes + arguments, span: matrix.rows, views: views)
    }

    /// The calls for mean and variance of `op`, with parts in scratch memory 0.
    func statistics(_ node: LoweredNode) -> [Call] {
        let (x, count) = (node.inputs[0], node.inputShapes[0].count)
        return [
            call(
                "batch_normalization_statistics_partial", [.input(x), .scratch(0)],
                Work(operations: 4 * count, bytes: 4 * count)),
            perChannel(
                "batch_normalization_statistics",
                [
                    .uint32(matrix.span), .uint32(matrix.parts), .input(x), .scratch(0), .output(node.outputs[1]),
                    .output(node.outputs[2]),
                ]),
        ]
    }

    /// The call that adds the sums of `parts` parts in scratch memory 0, into the slopes in 1, and dscale and dshift.
    func sums(_ node: LoweredNode, epsilon: Float, parts: Int? = nil) -> Call {
        perChannel(
            "batch_normalization_backward_sums",
            [
                .uint32(matrix.views), .uint32(parts ?? matrix.parts), .float(epsilon), .input(node.inputs[2]),
                .input(node.inputs[4]), .scratch(0), .scratch(1), .output(node.outputs[1]), .output(node.outputs[2]),
            ], views: 1)
    }
}

extension Op.BatchNormalization {
    /// As `launch(_:rectifiedInto:hasStatistics:)`, with statistics of its own.
    func tiledLaunch(_ node: LoweredNode, _ tile: GroupTile, rectifiedInto rectified: ValueID?) -> Launch {
        let layout = TiledNormalization(node.inputShapes[0], views: views, tile, node.target)
        let count = node.inputShapes[0].count
        let y = rectified ?? node.outputs[0]
        let forward = layout.call(
            "batch_normalization_forward", maps: true,
            [.float(epsilon), .int32(rectified == nil ? 0 : 1)] + node.inputs.map { .input($0) }
                + [.output(node.outputs[1]), .output(node.outputs[2]), .output(y)],
            Work(operations: 4 * count, bytes: 8 * count))
        return Launch(
            label(rectifiedInto: rectified), nodes: [node.index] + (rectified.map { [$0.node] } ?? []),
            scratchBytes: [layout.bytes()], mayOverwrite: [y: [node.inputs[0]]],
            calls: layout.statistics(node) + [forward],
            recomputation: .init(label(rectifiedInto: rectified), of: y, calls: [forward]))
    }
}

extension Op.BatchNormalizationBackward {
    /// As `launch(_:gradient:mask:)`; where the ReLU was open follows from x again, so that the mask is not read.
    func tiledLaunch(_ node: LoweredNode, _ tile: GroupTile, gradient dy: ValueID, mask: ValueID?) -> Launch {
        let layout = TiledNormalization(node.inputShapes[1], views: forward.views, tile, node.target)
        let (x, scale, mean, variance) = (node.inputs[1], node.inputs[2], node.inputs[3], node.inputs[4])
        let shift = mask.map { self.shift(before: $0, node.graph) } ?? scale
        let count = node.inputShapes[1].count
        let operands: [Argument] =
            [.float(forward.epsilon), .int32(mask == nil ? 0 : 1)]
            + [x, dy, scale, shift, mean, variance].map { .input($0) }
        return Launch(
            label(mask: mask), nodes: [node.index] + (mask == nil ? [] : [node.inputs[0].node]),
            scratchBytes: [layout.bytes(), layout.bytes(1)], mayOverwrite: [node.outputs[0]: [dy, x]],
            calls: [
                layout.call(
                    "batch_normalization_backward_partial", operands + [.scratch(0)],
                    Work(operations: 4 * count, bytes: 8 * count)),
                layout.sums(node, epsilon: forward.epsilon),
                layout.call(
                    "batch_normalization_backward", maps: true,
                    operands + [.scratch(1), .output(node.outputs[0])], Work(operations: 5 * count, bytes: 12 * count)),
            ])
    }
}
