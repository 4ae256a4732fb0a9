// Batch normalization with max pooling and ReLU, and its gradient, on GPUs: neighbouring channels side by side in a
// work-group, and windows, or pixels, in parts.

import GraphIR
import TensorCore

/// The build constant of `tiled/batch_normalization_pool.cl` beside those of `tiled/columns.h`.
private struct TiledPoolConstants: BuildConstants {
    let window: Int
}

extension PooledNormalization {
    /// The normalization alone, cut for work-groups of `tile`.
    fileprivate func normalization(_ tile: GroupTile) -> TiledNormalization {
        TiledNormalization(images, views: views, tile, target)
    }

    /// The windows of a view, or its pixels.
    fileprivate func places(ofWindows: Bool, _ tile: GroupTile) -> TiledColumns {
        let extent = ofWindows ? window : 1
        return TiledColumns(
            rows: images[0] / views * (images[1] / extent) * (images[2] / extent), columns: images[3], views: views,
            tile, on: target)
    }

    /// A call of `function` over `places`, in parts of `span`.
    fileprivate func call(
        _ function: String, _ places: TiledColumns, span: Int, _ operands: [Argument], _ work: Work
    ) -> Call {
        let sizes = [images[0] / views, images[1], images[2], images[3], span].map { Argument.uint32($0) }
        return places.call(
            "tiled/batch_normalization_pool", function, prelude: TiledPoolConstants(window: window).prelude,
            sizes + operands, span: span, work)
    }
}

extension Op.BatchNormalization {
    /// Scratch memory and calls of the normalization with what stands behind it.
    func tiledCalls(
        _ node: LoweredNode, _ pooled: PooledNormalization, _ tile: GroupTile, relu: Bool, into results: [Argument]
    ) -> (scratchBytes: [Int], calls: [Call]) {
        let (layout, windows) = (pooled.normalization(tile), pooled.places(ofWindows: true, tile))
        let operands = node.inputs.map { Argument.input($0) } + [.output(node.outputs[1]), .output(node.outputs[2])]
        let forward = pooled.call(
            "batch_normalization_pool_forward", windows, span: windows.mapSpan,
            [.float(epsilon), .int32(relu ? 1 : 0)] + operands + results, pooled.forwardWork)
        return ([layout.bytes()], layout.statistics(node) + [forward])
    }
}

extension Op.BatchNormalizationBackward {
    /// Scratch memory and calls of the gradient with what stands before it.
    func tiledCalls(
        _ node: LoweredNode, _ pooled: PooledNormalization, _ gradient: PooledGradient, _ tile: GroupTile
    ) -> (scratchBytes: [Int], calls: [Call]) {
        let layout = pooled.normalization(tile)
        let (windows, pixels) = (pooled.places(ofWindows: true, tile), pooled.places(ofWindows: false, tile))
        let (x, scale, mean, variance) = (node.inputs[1], node.inputs[2], node.inputs[3], node.inputs[4])
        let operands: [Argument] =
            [.float(forward.epsilon), .int32(gradient.relu ? 1 : 0)]
            + [x, gradient.gradient, gradient.places, scale, gradient.shift, mean, variance].map { .input($0) }
        return (
            [layout.bytes(windows.parts), layout.bytes(1)],
            [
                pooled.call(
                    "batch_normalization_pool_backward_partial", windows, span: windows.span,
                    operands + [.scratch(0)], pooled.backwardWork.sums),
                layout.sums(node, epsilon: forward.epsilon, parts: windows.parts),
                pooled.call(
                    "batch_normalization_pool_backward", pixels, span: pixels.mapSpan,
                    operands + [.scratch(1), .output(node.outputs[0])], pooled.backwardWork.gradient),
            ]
        )
    }
}
