// The convolution.

import GraphIR

extension Op.Convolution {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = ConvolutionSizes(
            images: node.inputShapes[0], filter: node.inputShapes[1], output: node.outputShapes[0], geometry)
        switch node.choice {
        case .wide(let tile) where WinogradConvolution.serves(sizes):
            return WinogradConvolution(sizes, node, tile).forward()
        case .wide(let tile) where FewChannelsConvolution.serves(sizes, tile):
            return FewChannelsConvolution(sizes, node, tile).forward()
        case .wide(let tile): return PatchConvolution(sizes, node, tile).forward()
        case .plain, .library: return plainLaunch(node, sizes)
        }
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: ConvolutionSizes) -> Launch {
        let hasBias = node.inputs.count == 3
        let arguments: [Argument] =
            sizes.arguments + [
                .int32(hasBias ? 1 : 0), .input(node.inputs[0]), .input(node.inputs[1]),
                .input(node.inputs[hasBias ? 2 : 1]), .output(node.outputs[0]),
            ]
        return node.launch(
            KernelCall(
                "convolution", "convolution", arguments,
                .grid(sizes.channelsOut, sizes.output.columns, sizes.batch * sizes.output.rows, on: node.target),
                work: sizes.work))
    }
}
