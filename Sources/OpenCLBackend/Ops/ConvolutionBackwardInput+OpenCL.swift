// The gradient of a convolution by its images, which is also the transposed convolution.

import GraphIR

extension Op.ConvolutionBackwardInput {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = ConvolutionSizes(
            images: node.outputShapes[0], filter: node.inputShapes[1], output: node.inputShapes[0], geometry)
        switch node.choice {
        case .wide(let tile) where WinogradConvolution.serves(sizes):
            return WinogradConvolution(sizes, node, tile).backwardInput()
        case .wide(let tile): return PatchConvolution(sizes, node, tile).backwardInput()
        case .winograd(let tile) where TiledWinograd.serves(sizes):
            return TiledWinograd(sizes, node, tile).backwardInput()
        case .tiled(let tile), .winograd(let tile): return TiledConvolution(sizes, node, tile).backwardInput()
        case .plain, .library: return plainLaunch(node, sizes)
        }
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: ConvolutionSizes) -> Launch {
        let turn = KernelCall(
            "convolution", "convolution_turn_filter",
            [
                .int32(sizes.channelsIn), .int32(sizes.channelsOut), .int32(sizes.filterArea), .input(node.inputs[1]),
                .scratch(0),
            ], .grid(sizes.channelsIn, sizes.channelsOut, sizes.filterArea, on: node.target))
        let multiply = KernelCall(
            "convolution", "convolution_backward_input",
            sizes.arguments + [.input(node.inputs[0]), .scratch(0), .output(node.outputs[0])],
            .grid(sizes.channelsIn, sizes.image.columns, sizes.batch * sizes.image.rows, on: node.target),
            work: sizes.work)
        return node.launch(scratchBytes: [sizes.filterCount * 4], calls: [.kernel(turn), .kernel(multiply)])
    }
}
