// Max pooling and its gradient on CPU devices: a span of image rows per work-item.

import GraphIR
import TensorCore

/// The build constants of `wide/max_pool.cl`.
private struct WidePoolConstants: BuildConstants {
    let lanes: Int
}

extension LoweredNode {
    /// A launch of `function` over the `rows` image rows of the result.
    fileprivate func poolLaunch(
        _ function: String, _ images: Shape, _ geometry: PoolGeometry, lanes: Int, rows: Int, _ memory: [Argument]
    ) -> Launch {
        let span = (rows + target.wideItems - 1) / target.wideItems
        return launch(
            KernelCall(
                "wide/max_pool", function, prelude: WidePoolConstants(lanes: lanes).prelude,
                (images.extents + [geometry.window, span]).map { .int32($0) } + memory,
                global: [(rows + span - 1) / span], local: [1], work: Work(bytes: bytes)))
    }
}

extension Op.MaxPool {
    func wideLaunch(_ node: LoweredNode, lanes: Int) -> Launch {
        let pooled = node.outputShapes[0]
        return node.poolLaunch(
            "max_pool_forward", node.inputShapes[0], geometry, lanes: lanes, rows: pooled[0] * pooled[1],
            [.input(node.inputs[0]), .output(node.outputs[0]), .output(node.outputs[1])])
    }
}

extension Op.MaxPoolBackward {
    func wideLaunch(_ node: LoweredNode, lanes: Int) -> Launch {
        node.poolLaunch(
            "max_pool_backward", inputShape, geometry, lanes: lanes, rows: inputShape[0] * inputShape[1],
            [.input(node.inputs[0]), .input(node.inputs[1]), .output(node.outputs[0])])
    }
}
