// The convolution.

import GraphIR

extension Op.Convolution {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = sizes(node)
        switch node.choice {
        case .wide(let tile): return epilogueLaunch(node, nil) ?? PatchConvolution(sizes, node, tile).forward()
        case .winograd(let tile) where TiledWinograd.serves(sizes):
            return TiledWinograd(sizes, node, tile).forward()
        case .tiled(let tile), .winograd(let tile): return TiledConvolution(sizes, node, tile).forward()
        case .plain, .library: return plainLaunch(node, sizes)
        }
    }

    /// The launch by one of the kernels that can take the `statistics` of a batch normalization behind in their epilogue;
    /// `nil` where none of them serves.
    func epilogueLaunch(_ node: LoweredNode, _ statistics: StatisticsEpilogue?) -> Launch? {
        let sizes = sizes(node)
        guard case .wide(let tile) = node.choice else { return nil }
        if WinogradConvolution.serves(sizes) { return WinogradConvolution(sizes, node, tile).forward(statistics) }
        if FewChannelsConvolution.serves(sizes, tile) {
            return FewChannelsConvolution(sizes, node, tile).forward(statistics)
        }
        return nil
    }

    private func sizes(_ node: LoweredNode) -> ConvolutionSizes {
        ConvolutionSizes(
            images: node.inputShapes[0], filter: node.inputShapes[1], output: node.outputShapes[0], geometry)
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
