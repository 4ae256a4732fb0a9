// Batch normalization with max pooling and ReLU, and its gradient, where one kernel serves them: the image of full size is
// read, and nothing of its size but the gradient is written.

import GraphIR
import TensorCore

/// A batch normalization with the max pooling behind it.
struct PooledNormalization {
    let images: Shape
    let views: Int
    let window: Int
    let target: Target

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

    /// What serves it.
    var choice: KernelChoice { target.choice(for: Self.name, key) }

    /// Whether one kernel serves it; else each node is left to itself.
    var isServed: Bool {
        switch choice {
        case .wide, .tiled: true
        case .plain, .winograd, .library: false
        }
    }

    /// The elements before, and after pooling.
    var counts: (images: Int, pooled: Int) {
        (images.count, images[0] * (images[1] / window) * (images[2] / window) * images[3])
    }

    /// The work of the forward direction.
    var forwardWork: Work { Work(operations: 3 * counts.images, bytes: 4 * counts.images + 5 * counts.pooled) }

    /// The work of the sums that the gradient needs, and of the gradient.
    var backwardWork: (sums: Work, gradient: Work) {
        let bytes = 4 * counts.images + 5 * counts.pooled
        return (
            Work(operations: 4 * counts.pooled, bytes: bytes),
            Work(operations: 5 * counts.images, bytes: bytes + 4 * counts.images)
        )
    }
}

extension Op.BatchNormalization {
    /// The launch with the max pooling `pool` behind it, and the ReLU of node `relu` where there is one; only the last
    /// result and the places are stored. With `hasStatistics`, mean and variance are there already.
    func launch(_ node: LoweredNode, pooledBy pool: LoweredNode, relu: Int?, hasStatistics: Bool) -> Launch? {
        guard let pooled = PooledNormalization(node, pool) else { return nil }
        let y = relu.map { ValueID(node: $0) } ?? pool.outputs[0]
        let results: [Argument] = [.output(y), .output(pool.outputs[1])]
        let (scratchBytes, calls): ([Int], [Call])
        switch pooled.choice {
        case .wide(let tile):
            (scratchBytes, calls) = wideCalls(
                node, pooled, lanes: tile.lanes, relu: relu != nil, hasStatistics: hasStatistics, into: results)
        case .tiled(let tile):
            (scratchBytes, calls) = tiledCalls(node, pooled, tile, relu: relu != nil, into: results)
        case .plain, .winograd, .library: return nil
        }
        return Launch(
            "batchNormalization + maxPool" + (relu == nil ? "" : " + relu"),
            nodes: [node.index, pool.index] + (relu.map { [$0] } ?? []), scratchBytes: scratchBytes, calls: calls)
    }
}

/// What a pooled normalization's gradient is made of, beside the operands of the normalization's own.
struct PooledGradient {
    /// The gradient of the pooled values, or of those behind a ReLU.
    let gradient: ValueID
    /// The places of the maxima.
    let places: ValueID
    /// The shift of the normalization; it is read only behind a ReLU.
    let shift: ValueID
    /// Whether there is a ReLU behind the pooling.
    let relu: Bool

    /// For the gradient `node` of a normalization behind that of the max pooling `pool`, and `select`, that of its ReLU.
    fileprivate init(_ node: LoweredNode, _ pool: LoweredNode, select: Int?) {
        let nodes = node.graph.nodes
        places = pool.inputs[1]
        gradient = select.map { nodes[$0].inputs[1] } ?? pool.inputs[0]
        // The places lead to the normalization before the ReLU.
        shift = select == nil ? node.inputs[2] : nodes[nodes[places.node].inputs[0].node].inputs[2]
        relu = select != nil
    }
}

extension Op.BatchNormalizationBackward {
    /// The launch behind the gradient `pool` of a max pooling and, with `select`, behind that of its ReLU; where the
    /// ReLU was open follows from x again.
    func launch(_ node: LoweredNode, pooledBy pool: LoweredNode, select: Int?) -> Launch? {
        guard let pooled = PooledNormalization(node, pool) else { return nil }
        let gradient = PooledGradient(node, pool, select: select)
        let (scratchBytes, calls): ([Int], [Call])
        switch pooled.choice {
        case .wide(let tile): (scratchBytes, calls) = wideCalls(node, pooled, gradient, lanes: tile.lanes)
        case .tiled(let tile): (scratchBytes, calls) = tiledCalls(node, pooled, gradient, tile)
        case .plain, .winograd, .library: return nil
        }
        return Launch(
            (select == nil ? "" : "relu backward + ") + "maxPoolBackward + batchNormalizationBackward",
            nodes: (select.map { [$0] } ?? []) + [pool.index, node.index], scratchBytes: scratchBytes,
            mayOverwrite: [node.outputs[0]: [node.inputs[1]]], calls: calls)
    }
}
