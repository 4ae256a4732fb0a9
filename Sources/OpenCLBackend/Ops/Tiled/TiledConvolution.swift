// Convolutions of any filter, stride and padding on GPUs: products with patches that are never laid out.

import GraphIR

/// The build constants of `tiled/patches.h`.
private struct PatchesConstants: BuildConstants {
    let wideC: Int
    let wideK: Int
}

/// The convolution of a node, and its gradients, a tile of the result to each work-group.
struct TiledConvolution {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let tile: GroupTile

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: GroupTile) {
        (self.sizes, self.node, self.tile) = (sizes, node, tile)
    }

    /// The launch of `Op.Convolution`.
    func forward() -> Launch {
        let hasBias = node.inputs.count == 3
        let sum = TiledSum(
            rows: sizes.batch * sizes.output.rows * sizes.output.columns, columns: sizes.channelsOut, depth: patch,
            isWhole: true, tile, on: node.target)
        return launch(
            sum, "convolution",
            [
                .int32(hasBias ? 1 : 0), .input(node.inputs[0]), .input(node.inputs[1]),
                .input(node.inputs[hasBias ? 2 : 1]),
            ])
    }

    /// The launch of `Op.ConvolutionBackwardInput`: a convolution with a part of the filter for each phase of the stride.
    func backwardInput() -> Launch {
        let stride = sizes.geometry.stride
        func quotient(_ extent: Int) -> Int { (extent + stride - 1) / stride }
        let sum = TiledSum(
            rows: sizes.batch * quotient(sizes.image.rows) * quotient(sizes.image.columns), columns: sizes.channelsIn,
            depth: sizes.filterArea * sizes.channelsOut, batch: stride * stride, isWhole: true, tile, on: node.target)
        return launch(sum, "convolution_backward_input", [.input(node.inputs[0]), .input(node.inputs[1])])
    }

    /// The launch of `Op.ConvolutionBackwardFilter`.
    func backwardFilter() -> Launch {
        let sum = TiledSum(
            rows: patch, columns: sizes.channelsOut,
            depth: sizes.batch * sizes.output.rows * sizes.output.columns, tile, on: node.target)
        return launch(
            sum, "convolution_backward_filter", [.int32(sum.span), .input(node.inputs[0]), .input(node.inputs[1])])
    }

    /// R S C, the floats of a patch.
    private var patch: Int { sizes.filterArea * sizes.channelsIn }

    private func launch(_ sum: TiledSum, _ function: String, _ arguments: [Argument]) -> Launch {
        let constants = PatchesConstants(wideC: sizes.channelsIn.isWide, wideK: sizes.channelsOut.isWide)
        return node.launch(
            scratchBytes: sum.scratchBytes,
            calls: sum.calls(
                .file("tiled/\(function)"), function, prelude: constants.prelude, sizes.arguments + arguments,
                result: .output(node.outputs[0]), scratch: .scratch(0), work: sizes.work))
    }
}
