// Batch normalization with max pooling and ReLU, and its gradient, on CPU devices: a span of image rows per work-item.

import GraphIR
import TensorCore

/// The build constants of `wide/batch_normalization_pool.cl`.
private struct PooledNormalizationConstants: BuildConstants {
    let lanes: Int
    let window: Int
}

extension PooledNormalization {
    /// The lanes of the wide kernel; `nil` where another serves it, or none.
    var lanes: Int? {
        if case .wide(let tile) = choice { return tile.lanes }
        return nil
    }

    /// The normalization alone, as the wide kernel cuts it.
    func normalization(lanes: Int) -> WideNormalization {
        WideNormalization(images, views: views, lanes: lanes, target)
    }

    /// Rows of all images of a view after pooling.
    fileprivate var pooledRows: Int { images[0] / views * (images[1] / window) }

    /// Rows of all images of a view.
    fileprivate var rows: Int { images[0] / views * images[1] }

    /// The work-items of each view that share `rows`.
    fileprivate func items(_ rows: Int) -> Int { (rows + span(rows) - 1) / span(rows) }

    /// A call over `rows` of each view.
    fileprivate func call(
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
    /// Scratch memory and calls of the normalization with what stands behind it.
    func wideCalls(
        _ node: LoweredNode, _ pooled: PooledNormalization, lanes: Int, relu: Bool, hasStatistics: Bool,
        into results: [Argument]
    ) -> (scratchBytes: [Int], calls: [Call]) {
        let layout = pooled.normalization(lanes: lanes)
        let forward = pooled.call(
            "batch_normalization_pool_forward", lanes: lanes, rows: pooled.pooledRows, relu: relu,
            [.input(node.inputs[0]), mean(node, isThere: hasStatistics), .scratch(0), .input(node.inputs[2])]
                + results, pooled.forwardWork)
        return (
            layout.forwardScratchBytes(hasStatistics: hasStatistics),
            factor(node, layout, hasStatistics: hasStatistics) + [forward]
        )
    }
}

extension Op.BatchNormalizationBackward {
    /// Scratch memory and calls of the gradient with what stands before it.
    func wideCalls(
        _ node: LoweredNode, _ pooled: PooledNormalization, _ gradient: PooledGradient, lanes: Int
    ) -> (scratchBytes: [Int], calls: [Call]) {
        let layout = pooled.normalization(lanes: lanes)
        let operands: [Argument] = [
            .input(node.inputs[1]), .input(gradient.gradient), .input(gradient.places), .input(node.inputs[3]),
            .scratch(0), .input(gradient.shift),
        ]
        let items = pooled.items(pooled.pooledRows)
        return (
            [layout.bytes(1), layout.bytes(2 * items), layout.bytes(2)],
            [
                factor(node, layout),
                pooled.call(
                    "batch_normalization_pool_backward_partial", lanes: lanes, rows: pooled.pooledRows,
                    relu: gradient.relu, operands + [.scratch(1)], pooled.backwardWork.sums),
                sums(node, layout, items: items),
                pooled.call(
                    "batch_normalization_pool_backward", lanes: lanes, rows: pooled.rows, relu: gradient.relu,
                    operands + [.scratch(2), .output(node.outputs[0])], pooled.backwardWork.gradient),
            ]
        )
    }
}
