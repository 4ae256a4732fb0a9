// Batch normalization and its gradient: statistics in two stages of fixed order, then one pass over the elements.

import GraphIR
import TensorCore

/// The build constants of `batch_normalization.cl`.
private struct BatchNormalizationConstants: BuildConstants {
    let lanes: Int
    var relu = 0
    var masked = 0
}

/// How the rows of each view are cut into parts.
private struct BatchNormalizationLayout {
    let channels: Int
    let rows: Int
    let views: Int
    let lanes: Int
    let target: Target

    init(_ shape: Shape, views: Int, _ target: Target) {
        channels = shape[shape.rank - 1]
        rows = shape.count / channels / views
        (self.views, self.target) = (views, target)
        lanes = target.channelLanes(channels)
    }

    /// Rows of a part whose sums are taken: one whose elements stay in a core's cache, or enough parts for a GPU.
    var span: Int {
        switch target.kind {
        case .cpu, .simulator: max(1, min(rows, 65_536 / channels))
        case .gpu: max(1, min(rows, max(32, rows * views * channels / target.busyWorkItems)))
        }
    }

    /// Rows of a part that is only mapped.
    var mapSpan: Int { min(rows, 16) }

    func parts(_ span: Int) -> Int { (rows + span - 1) / span }

    /// C, m, parts, span: what most kernels take first.
    func arguments(_ span: Int) -> [Argument] {
        [channels, rows, parts(span), span].map { .uint32($0) }
    }

    func geometry(_ span: Int) -> Geometry { .grid(channels / lanes, parts(span), views, on: target) }

    /// The bytes of two numbers per channel of every part.
    func bytes(_ parts: Int) -> Int { 4 * views * parts * 2 * channels }
}

extension Op.BatchNormalization {
    func launch(_ node: LoweredNode) -> Launch {
        launch(node, rectifiedInto: nil, hasStatistics: false)
    }

    /// The launch; with `rectified`, the value of a ReLU behind, max(y, 0) is stored there, and y nowhere; with
    /// `hasStatistics`, a convolution's epilogue has taken mean and variance.
    func launch(_ node: LoweredNode, rectifiedInto rectified: ValueID?, hasStatistics: Bool) -> Launch {
        switch node.choice {
        case .wide(let tile):
            wideLaunch(node, lanes: tile.lanes, rectifiedInto: rectified, hasStatistics: hasStatistics)
        case .plain, .tiled, .winograd, .library: plainLaunch(node, rectifiedInto: rectified)
        }
    }

    private func plainLaunch(_ node: LoweredNode, rectifiedInto rectified: ValueID?) -> Launch {
        let layout = BatchNormalizationLayout(node.inputShapes[0], views: views, node.target)
        let constants = BatchNormalizationConstants(lanes: layout.lanes, relu: rectified == nil ? 0 : 1)
        let x = node.inputs[0]
        let (y, mean, variance) = (rectified ?? node.outputs[0], node.outputs[1], node.outputs[2])
        let partial = KernelCall(
            "batch_normalization", "batch_normalization_partial", prelude: constants.prelude,
            layout.arguments(layout.span) + [.input(x), .scratch(0)], layout.geometry(layout.span),
            work: Work(operations: 4 * node.inputShapes[0].count, bytes: node.bytes / 2))
        let statistics = KernelCall(
            "batch_normalization", "batch_normalization_statistics", prelude: constants.prelude,
            layout.arguments(layout.span) + [.scratch(0), .output(mean), .output(variance)],
            .grid(layout.channels, 1, layout.views, on: node.target))
        let apply = KernelCall(
            "batch_normalization", "batch_normalization_apply", prelude: constants.prelude,
            layout.arguments(layout.mapSpan) + [
                .float(epsilon), .input(x), .input(node.inputs[1]), .input(node.inputs[2]), .output(mean),
                .output(variance), .output(y),
            ], layout.geometry(layout.mapSpan),
            work: Work(operations: 4 * node.inputShapes[0].count, bytes: node.bytes))
        return Launch(
            label(rectifiedInto: rectified),
            nodes: [node.index] + (rectified.map { [$0.node] } ?? []),
            scratchBytes: [layout.bytes(layout.parts(layout.span))], mayOverwrite: [y: [x]],
            calls: [.kernel(partial), .kernel(statistics), .kernel(apply)],
            recomputation: .init(label(rectifiedInto: rectified), of: y, calls: [.kernel(apply)]))
    }
}

extension Op.BatchNormalizationBackward {
    func launch(_ node: LoweredNode) -> Launch {
        launch(node, gradient: node.inputs[0], mask: nil)
    }

    /// The launch; with a `mask`, the result of a ReLU behind, `gradient` counts only where the mask is not 0.
    func launch(_ node: LoweredNode, gradient dy: ValueID, mask: ValueID?) -> Launch {
        switch node.choice {
        case .wide(let tile): wideLaunch(node, lanes: tile.lanes, gradient: dy, mask: mask)
        case .plain, .tiled, .winograd, .library: plainLaunch(node, gradient: dy, mask: mask)
        }
    }

    private func plainLaunch(_ node: LoweredNode, gradient dy: ValueID, mask: ValueID?) -> Launch {
        let layout = BatchNormalizationLayout(node.inputShapes[1], views: forward.views, node.target)
        let constants = BatchNormalizationConstants(lanes: layout.lanes, masked: mask == nil ? 0 : 1)
        let (x, scale, mean, variance) = (node.inputs[1], node.inputs[2], node.inputs[3], node.inputs[4])
        let parts = layout.parts(layout.span)
        let rows = 4 * node.inputShapes[1].count
        let partial = KernelCall(
            "batch_normalization", "batch_normalization_backward_partial", prelude: constants.prelude,
            layout.arguments(layout.span) + [
                .float(forward.epsilon), .input(dy), .input(mask ?? dy), .input(x), .input(mean), .input(variance),
                .scratch(0),
            ], layout.geometry(layout.span), work: Work(operations: rows, bytes: (mask == nil ? 2 : 3) * rows))
        let sums = KernelCall(
            "batch_normalization", "batch_normalization_backward_sums", prelude: constants.prelude,
            [
                .uint32(layout.channels), .uint32(layout.views), .uint32(parts), .scratch(0), .scratch(1),
                .output(node.outputs[1]), .output(node.outputs[2]),
            ], .row(layout.channels, on: node.target))
        let apply = KernelCall(
            "batch_normalization", "batch_normalization_backward_apply", prelude: constants.prelude,
            layout.arguments(layout.mapSpan) + [
                .float(forward.epsilon), .input(dy), .input(mask ?? dy), .input(x), .input(scale), .input(mean),
                .input(variance), .scratch(1), .output(node.outputs[0]),
            ], layout.geometry(layout.mapSpan), work: Work(operations: rows, bytes: (mask == nil ? 3 : 4) * rows))
        return Launch(
            label(mask: mask),
            nodes: [node.index] + (mask == nil ? [] : [node.inputs[0].node]),
            scratchBytes: [layout.bytes(parts), layout.bytes(1)],
            mayOverwrite: [node.outputs[0]: [dy, x] + (mask.map { [$0] } ?? [])],
            calls: [.kernel(partial), .kernel(sums), .kernel(apply)])
    }
}
