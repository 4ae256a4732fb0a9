// Batch normalization with max pooling and ReLU, and its gradient, on CPU devices: the image of full size is read, and
// nothing of its size but the gradient is written.

import GraphIR
import TensorCore

/// The build constants of `wide/batch_normalization_pool.cl`.
private struct PooledNormalizationConstants: BuildConstants {
    let lanes: Int
    let window: Int
}

/// A batch normalization with the max pooling behind it, cut into spans of image rows.
struct PooledNormalization {
    private let images: Shape
    private let views: Int
    private let window: Int
    private let target: Target

    /// Its name where kernels are chosen.
    static let name = "pooledNormalization"
    /// The operations that it covers.
    static let parts = ["batchNormalization", "batchNormalizationBackward", "maxPool", "maxPoolBackward"]

    /// The normalization `node` and the pooling `pool`, or their gradients; `nil` for other nodes.
    init?(_ node: LoweredNode, _ pool: LoweredNode) {
        if case .batchNormalization(let op) = node.node.op, case .maxPool(let pool) = pool.node.op {
            (images, views, window) = (node.inputShapes[0], op.views, pool.geometry.window)
        } else if case .batchNormalizationBackward(let op) = node.node.op,
            case .maxPoolBackward(let pool) = pool.node.op
        {
            (images, views, window) = (node.inputShapes[1], op.forward.views, pool.geometry.window)
        } else {
            return nil
        }
        target = node.target
    }

    /// What tuning tables call it, forward and backward alike.
    var key: String { "\(Self.name) \(images), views \(views), window \(window)" }

    /// The lanes of the wide kernel; `nil` where each node is left to itself.
    var lanes: Int? {
        if case .wide(let tile) = target.choice(for: Self.name, key) { return tile.lanes }
        return nil
    }

    /// The normalization alone, as the wide kernel cuts it.
    func normalization(lanes: Int) -> WideNormalization {
        WideNormalization(images, views: views, lanes: lanes, target)
    }

    /// Rows of all images of a view after pooling.
    var pooledRows: Int { images[0] / views * (images[1] / window) }

    /// Rows of all images of a view.
    var rows: Int { images[0] / views * images[1] }

    /// The elements before, and after pooling.
    var counts: (images: Int, pooled: Int) {
        (images.count, images[0] * (images[1] / window) * (images[2] / window) * images[3])
    }

    /// The work-items of each view that share `rows`.
    func items(_ rows: Int) -> Int { (rows + span(rows) - 1) / span(rows) }

    /// A call over `rows` of each view.
    func call(
        _ function: String, lanes: Int, rows: Int, relu: Bool, _ memory: [Argument], _ work: Work
    ) -> Call {
        let constants = PooledNormalizationConstants(lanes: lanes, window: window)
        let sizes = [images[0] / views, images[1], images[2], images[3], relu ? 1 : 0, span(rows)]
        return .kernel(
            KernelCall(
                "wide/batch_normalization_pool", function, prelude: constants.prelude,
                sizes.map { .int32($0) } + memory, global: [items(rows), views], local: [1, 1], work: work))
    }

    private func span(_ rows: Int) -> Int {
        let wanted = max(1, target.wideItems / views)
        return (rows + wanted - 1) / wanted
    }
}

extension Op.BatchNormalization {
    /// The launch with the max pooling `pool` behind it, and the ReLU of node `relu` where there is one; only the last
    /// result and the places are stored. With `hasStatistics`, mean and variance are there already.
    func launch(_ node: LoweredNode, pooledBy pool: LoweredNode, relu: Int?, hasStatistics: Bool) -> Launch? {
        guard let pooled = PooledNormalization(node, pool), let lanes = pooled.lanes else { return nil }
        let layout = pooled.normalization(lanes: lanes)
        let counts = pooled.counts
        let forward = pooled.call(
            "batch_normalization_pool_forward", lanes: lanes, rows: pooled.pooledRows, relu: relu != nil,
            [
                .input(node.inputs[0]), mean(node, isThere: hasStatistics), .scratch(0), .input(node.inputs[2]),
                .output(relu.map { ValueID(node: $0) } ?? pool.outputs[0]), .output(pool.outputs[1]),
            ], Work(operations: 3 * counts.images, bytes: 4 * counts.images + 5 * counts.pooled))
        return Launch(
            "batchNormalization + maxPool" + (relu == nil ? "" : " + relu"),
            nodes: [node.index, pool.index] + (relu.map { [$0] } ?? []),
            scratchBytes: layout.forwardScratchBytes(hasStatistics: hasStatistics),
            calls: factor(node, layout, hasStatistics: hasStatistics) + [forward])
    }
}

extension Op.BatchNormalizationBackward {
    /// The launch behind the gradient `pool` of a max pooling and, with `select`, behind that of its ReLU; where the
    /// ReLU was open follows from x again.
    func launch(_ node: LoweredNode, pooledBy pool: LoweredNode, select: Int?) -> Launch? {
        guard let pooled = PooledNormalization(node, pool), let lanes = pooled.lanes else { return nil }
        let layout = pooled.normalization(lanes: lanes)
        let counts = pooled.counts
        let (x, mean, places) = (node.inputs[1], node.inputs[3], pool.inputs[1])
        let gradient = select.map { node.graph.nodes[$0].inputs[1] } ?? pool.inputs[0]
        // The shift is read only behind a ReLU, whose normalization the places lead to.
        let normalization = select.map { _ in
            node.graph.nodes[node.graph.nodes[places.node].inputs[0].node].inputs
        }
        let shift = normalization?[2] ?? node.inputs[2]
        let operands: [Argument] = [
            .input(x), .input(gradient), .input(places), .input(mean), .scratch(0), .input(shift),
        ]
        let bytes = 4 * counts.images + 5 * counts.pooled
        let items = pooled.items(pooled.pooledRows)
        return Launch(
            (select == nil ? "" : "relu backward + ") + "maxPoolBackward + batchNormalizationBackward",
            nodes: (select.map { [$0] } ?? []) + [pool.index, node.index],
            scratchBytes: [layout.bytes(1), layout.bytes(2 * items), layout.bytes(2)],
            mayOverwrite: [node.outputs[0]: [x]],
            calls: [
                factor(node, layout),
                pooled.call(
                    "batch_normalization_pool_backward_partial", lanes: lanes, rows: pooled.pooledRows,
                    relu: select != nil,
                    operands + [.scratch(1)], Work(operations: 4 * counts.pooled, bytes: bytes)),
                sums(node, layout, items: items),
                pooled.call(
                    "batch_normalization_pool_backward", lanes: lanes, rows: pooled.rows, relu: select != nil,
                    operands + [.scratch(2), .output(node.outputs[0])],
                    Work(operations: 5 * counts.images, bytes: bytes + 4 * counts.images)),
            ])
    }
}
