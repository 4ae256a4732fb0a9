// Max and average pooling, and their gradients.

import GraphIR
import TensorCore

/// The build constants of `max_pool.cl` and `average_pool.cl`.
private struct PoolConstants: BuildConstants {
    let window: Int
    let lanes: Int
}

/// N, H, W, C of the images and P, Q of the results, as the kernels take them first.
private func sizes(_ images: Shape, _ pooled: Shape) -> [Argument] {
    (images.extents + [pooled[1], pooled[2]]).map { .int32($0) }
}

extension Op.MaxPool {
    func launch(_ node: LoweredNode) -> Launch {
        switch node.choice {
        case .wide(let tile): wideLaunch(node, lanes: tile.lanes)
        case .plain, .tiled, .winograd, .library: plainLaunch(node)
        }
    }

    private func plainLaunch(_ node: LoweredNode) -> Launch {
        let (images, pooled) = (node.inputShapes[0], node.outputShapes[0])
        let lanes = node.target.channelLanes(images[3])
        return node.launch(
            KernelCall(
                "max_pool", "max_pool", prelude: PoolConstants(window: geometry.window, lanes: lanes).prelude,
                sizes(images, pooled) + [
                    .input(node.inputs[0]), .output(node.outputs[0]), .output(node.outputs[1]),
                ], .grid(images[3] / lanes, pooled[2], images[0] * pooled[1], on: node.target),
                work: Work(bytes: node.bytes)))
    }
}

extension Op.MaxPoolBackward {
    func launch(_ node: LoweredNode) -> Launch {
        switch node.choice {
        case .wide(let tile): wideLaunch(node, lanes: tile.lanes)
        case .plain, .tiled, .winograd, .library: plainLaunch(node)
        }
    }

    private func plainLaunch(_ node: LoweredNode) -> Launch {
        let (images, pooled) = (node.outputShapes[0], node.inputShapes[0])
        let lanes = node.target.channelLanes(images[3])
        return node.launch(
            KernelCall(
                "max_pool", "max_pool_backward", prelude: PoolConstants(window: geometry.window, lanes: lanes).prelude,
                sizes(images, pooled) + [
                    .input(node.inputs[0]), .input(node.inputs[1]), .output(node.outputs[0]),
                ], .grid(images[3] / lanes, images[2], images[0] * images[1], on: node.target),
                work: Work(bytes: node.bytes)))
    }
}

extension Op.AveragePool {
    func launch(_ node: LoweredNode) -> Launch {
        let (images, pooled) = (node.inputShapes[0], node.outputShapes[0])
        return node.launch(
            KernelCall(
                "average_pool", "average_pool", prelude: PoolConstants(window: geometry.window, lanes: 1).prelude,
                sizes(images, pooled) + [.input(node.inputs[0]), .output(node.outputs[0])],
                .grid(images[3], pooled[2], images[0] * pooled[1], on: node.target),
                work: Work(operations: images.count, bytes: node.bytes)))
    }
}

extension Op.AveragePoolBackward {
    func launch(_ node: LoweredNode) -> Launch {
        let (images, pooled) = (node.outputShapes[0], node.inputShapes[0])
        return node.launch(
            KernelCall(
                "average_pool", "average_pool_backward",
                prelude: PoolConstants(window: geometry.window, lanes: 1).prelude,
                sizes(images, pooled) + [.input(node.inputs[0]), .output(node.outputs[0])],
                .grid(images[3], images[2], images[0] * images[1], on: node.target),
                work: Work(operations: images.count, bytes: node.bytes)))
    }
}

extension Target {
    /// How many neighbouring channels one work-item takes: a power of two that divides `channels`, up to the lanes of a
    /// CPU's register; on other devices each channel is a lane.
    func channelLanes(_ channels: Int) -> Int {
        kind == .cpu ? channels.powerOfTwoDivisor(atMost: min(lanes, 16)) : 1
    }
}
