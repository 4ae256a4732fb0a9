// The gradient of a convolution by its filter: partial sums over groups of images, added in order.

import GraphIR

extension Op.ConvolutionBackwardFilter {
    func launch(_ node: LoweredNode) -> Launch {
        let sizes = ConvolutionSizes(
            images: node.inputShapes[0], filter: node.outputShapes[0], output: node.inputShapes[1], geometry)
        switch node.choice {
        case .wide(let tile) where WinogradConvolution.serves(sizes):
            return WinogradConvolution(sizes, node, tile).backwardFilter()
        case .wide(let tile) where FewChannelsConvolution.serves(sizes, tile):
            return FewChannelsConvolution(sizes, node, tile).backwardFilter()
        case .wide(let tile): return PatchConvolution(sizes, node, tile).backwardFilter()
        case .winograd(let tile) where TiledWinograd.serves(sizes):
            return TiledWinograd(sizes, node, tile).backwardFilter()
        case .tiled(let tile), .winograd(let tile): return TiledConvolution(sizes, node, tile).backwardFilter()
        case .plain, .library: return plainLaunch(node, sizes)
        }
    }

    private func plainLaunch(_ node: LoweredNode, _ sizes: ConvolutionSizes) -> Launch {
        let span = imagesPerPart(sizes, node.target)
        let parts = (sizes.batch + span - 1) / span
        let stage = parts == 1 ? Argument.output(node.outputs[0]) : .scratch(0)
        let sum = KernelCall(
            "convolution", "convolution_backward_filter",
            sizes.arguments + [
                .int32(parts), .int32(span), .input(node.inputs[0]), .input(node.inputs[1]), stage,
            ], .grid(sizes.channelsOut, sizes.channelsIn, sizes.filterArea * parts, on: node.target), work: sizes.work)
        guard parts > 1 else { return node.launch(sum) }
        let add = KernelCall(
            addingParts: parts, of: sizes.filterCount, from: .scratch(0), to: .output(node.outputs[0]), on: node.target)
        return node.launch(scratchBytes: [parts * sizes.filterCount * 4], calls: [.kernel(sum), .kernel(add)])
    }

    /// As few images as keep the device busy, as many as keep the parts below 64 MiB.
    private func imagesPerPart(_ sizes: ConvolutionSizes, _ target: Target) -> Int {
        let wanted = max(1, target.busyWorkItems / sizes.filterCount)
        let affordable = max(1, 64 << 20 / (4 * sizes.filterCount))
        let parts = min(wanted, affordable, sizes.batch)
        return (sizes.batch + parts - 1) / parts
    }
}
