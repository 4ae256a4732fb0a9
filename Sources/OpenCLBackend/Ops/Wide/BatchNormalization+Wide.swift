// Batch normalization and its gradient on CPU devices: a span of rows per work-item, read in one stream.

import GraphIR
import TensorCore

/// The build constants of `wide/batch_normalization.cl`.
private struct WideNormalizationConstants: BuildConstants {
    let lanes: Int
}

/// A batch normalization, cut into spans of rows.
struct WideNormalization {
    let channels: Int
    let rows: Int
    let views: Int
    let span: Int
    let items: Int
    private let prelude: String

    init(_ shape: Shape, views: Int, lanes: Int, _ target: Target) {
        channels = shape[shape.rank - 1]
        rows = shape.count / channels / views
        self.views = views
        let wanted = max(1, target.wideItems / views)
        span = (rows + wanted - 1) / wanted
        items = (rows + span - 1) / span
        prelude = WideNormalizationConstants(lanes: lanes).prelude
    }

    /// rows, C, span: what most kernels take first.
    var sizes: [Argument] { [rows, channels, span].map { .int32($0) } }

    /// A call with a work-item per span of each view.
    func stream(_ function: String, _ arguments: [Argument], _ work: Work) -> Call {
        .kernel(
            KernelCall(
                "wide/batch_normalization", function, prelude: prelude, arguments, global: [items, views],
                local: [1, 1], work: work))
    }

    /// A call with a work-item per channel, of every view where `views` is given.
    func perChannel(_ function: String, _ arguments: [Argument], views: Int? = nil) -> Call {
        let group = channels.powerOfTwoDivisor(atMost: 16)
        return .kernel(
            KernelCall(
                "wide/batch_normalization", function, prelude: prelude, arguments,
                global: [channels] + (views.map { [$0] } ?? []), local: [group] + (views == nil ? [] : [1])))
    }

    /// The bytes of `count` numbers for each channel of every view.
    func bytes(_ count: Int) -> Int { 4 * views * channels * count }

    /// Scratch memory of the forward direction: the factor and, where they are taken here, the statistics of each
    /// work-item.
    func forwardScratchBytes(hasStatistics: Bool) -> [Int] {
        [bytes(1)] + (hasStatistics ? [] : [bytes(Self.statisticsRows * items)])
    }

    /// What a work-item knows of each channel: pivot, mean - pivot, squared deviations, rows.
    static let statisticsRows = 4
}

extension Op.BatchNormalization {
    /// As `launch(_:rectifiedInto:hasStatistics:)`.
    func wideLaunch(
        _ node: LoweredNode, lanes: Int, rectifiedInto rectified: ValueID?, hasStatistics: Bool
    ) -> Launch {
        let layout = WideNormalization(node.inputShapes[0], views: views, lanes: lanes, node.target)
        let count = node.inputShapes[0].count
        let y = rectified ?? node.outputs[0]
        let forward = layout.stream(
            "batch_normalization_forward",
            layout.sizes + [
                .int32(rectified == nil ? 0 : 1), .input(node.inputs[0]),
                mean(node, isThere: hasStatistics), .scratch(0), .input(node.inputs[2]), .output(y),
            ], Work(operations: 4 * count, bytes: 8 * count))
        let factor = factor(node, layout, hasStatistics: hasStatistics)
        return Launch(
            label(rectifiedInto: rectified), nodes: [node.index] + (rectified.map { [$0.node] } ?? []),
            scratchBytes: layout.forwardScratchBytes(hasStatistics: hasStatistics),
            mayOverwrite: [y: [node.inputs[0]]], calls: factor + [forward],
            recomputation: .init(
                label(rectifiedInto: rectified), of: y, calls: factor.suffix(1) + [forward]))
    }

    /// The mean as an argument: computed before where it `isThere`, else by this launch.
    func mean(_ node: LoweredNode, isThere: Bool) -> Argument {
        isThere ? .input(node.outputs[1]) : .output(node.outputs[1])
    }

    /// The calls for the factor, in scratch memory 0, after those for mean and variance unless these are there already.
    func factor(_ node: LoweredNode, _ layout: WideNormalization, hasStatistics: Bool) -> [Call] {
        let variance = node.outputs[2]
        let factor = layout.perChannel(
            "batch_normalization_factor",
            [
                .int32(layout.channels), .float(epsilon), .input(node.inputs[1]),
                hasStatistics ? .input(variance) : .output(variance), .scratch(0),
            ], views: views)
        if hasStatistics { return [factor] }
        let count = node.inputShapes[0].count
        let partial = layout.stream(
            "batch_normalization_statistics_partial", layout.sizes + [.input(node.inputs[0]), .scratch(1)],
            Work(operations: 4 * count, bytes: 4 * count))
        return [partial, statistics(node, layout, items: layout.items, in: .scratch(1)), factor]
    }

    /// The call that merges the `statistics` of `items` work-items of each view into mean and variance.
    fileprivate func statistics(
        _ node: LoweredNode, _ layout: WideNormalization, items: Int, in statistics: Argument
    ) -> Call {
        layout.perChannel(
            "batch_normalization_statistics",
            [
                .int32(layout.channels), .int32(items), statistics, .output(node.outputs[1]),
                .output(node.outputs[2]),
            ], views: views)
    }

    /// The operations in words.
    func label(rectifiedInto rectified: ValueID?) -> String {
        rectified == nil ? "batchNormalization" : "batchNormalization + relu"
    }
}

extension Op.BatchNormalizationBackward {
    /// As `launch(_:gradient:mask:)`; where the ReLU was open follows from x again, so that the mask is not read.
    func wideLaunch(_ node: LoweredNode, lanes: Int, gradient dy: ValueID, mask: ValueID?) -> Launch {
        let layout = WideNormalization(node.inputShapes[1], views: forward.views, lanes: lanes, node.target)
        let (x, mean) = (node.inputs[1], node.inputs[3])
        let shift = mask.map { self.shift(before: $0, node.graph) } ?? node.inputs[2]
        let count = node.inputShapes[1].count
        let operands: [Argument] = [
            .int32(mask == nil ? 0 : 1), .input(x), .input(dy), .input(mean), .scratch(0), .input(shift),
        ]
        return Launch(
            label(mask: mask), nodes: [node.index] + (mask == nil ? [] : [node.inputs[0].node]),
            scratchBytes: [layout.bytes(1), layout.bytes(2 * layout.items), layout.bytes(2)],
            mayOverwrite: [node.outputs[0]: [dy, x]],
            calls: [
                factor(node, layout),
                layout.stream(
                    "batch_normalization_backward_partial", layout.sizes + operands + [.scratch(1)],
                    Work(operations: 4 * count, bytes: 8 * count)),
                sums(node, layout, items: layout.items),
                layout.stream(
                    "batch_normalization_backward",
                    layout.sizes + operands + [.scratch(2), .output(node.outputs[0])],
                    Work(operations: 5 * count, bytes: 12 * count)),
            ])
    }

    /// The call for the factor, in scratch memory 0.
    func factor(_ node: LoweredNode, _ layout: WideNormalization) -> Call {
        layout.perChannel(
            "batch_normalization_factor",
            [
                .int32(layout.channels), .float(forward.epsilon), .input(node.inputs[2]), .input(node.inputs[4]),
                .scratch(0),
            ], views: forward.views)
    }

    /// The call that adds the sums of `items` parts in scratch memory 1, into the slopes in 2, and dscale and dshift.
    func sums(_ node: LoweredNode, _ layout: WideNormalization, items: Int) -> Call {
        layout.perChannel(
            "batch_normalization_backward_sums",
            [layout.rows, layout.channels, layout.views, items].map { .int32($0) } + [
                .float(forward.epsilon), .input(node.inputs[2]), .input(node.inputs[4]), .scratch(1), .scratch(2),
                .output(node.outputs[1]), .output(node.outputs[2]),
            ])
    }

    /// The operations in words.
    func label(mask: ValueID?) -> String {
        mask == nil ? "batchNormalizationBackward" : "relu backward + batchNormalizationBackward"
    }

    /// The shift of the normalization whose ReLU is `mask`.
    func shift(before mask: ValueID, _ graph: Graph) -> ValueID {
        graph.nodes[graph.nodes[mask.node].inputs[0].node].inputs[2]
    }
}

/// The batch normalization behind a convolution that takes its statistics in passing: in the convolution's epilogue the
/// results are still in the cache.
struct StatisticsEpilogue {
    private let node: LoweredNode
    private let op: Op.BatchNormalization
    private let layout: WideNormalization

    /// For the batch normalization `node`, with the max pooling `pool` where one kernel serves both; `nil` where it is no
    /// kernel for CPU devices, or where views are so many that work-items of their own would have too little to do.
    init?(_ node: LoweredNode, pooledBy pool: LoweredNode?) {
        guard case .batchNormalization(let op) = node.node.op, op.views <= node.target.wideItems else { return nil }
        (self.node, self.op) = (node, op)
        if let pool {
            guard let pooled = PooledNormalization(node, pool), let lanes = pooled.lanes else { return nil }
            layout = pooled.normalization(lanes: lanes)
        } else {
            guard case .wide(let tile) = node.choice else { return nil }
            layout = WideNormalization(node.inputShapes[0], views: op.views, lanes: tile.lanes, node.target)
        }
    }

    /// The views whose images have statistics of their own.
    var views: Int { op.views }

    /// The bytes of the statistics of `items` work-items for each view.
    func bytes(items: Int) -> Int { layout.bytes(WideNormalization.statisticsRows * items) }

    /// The call that merges the `statistics` of `items` work-items for each view into mean and variance.
    func call(items: Int, in statistics: Argument) -> Call {
        op.statistics(node, layout, items: items, in: statistics)
    }
}
