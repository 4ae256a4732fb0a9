// Convolutions of images with few channels on CPU devices: the first of an encoder.

import GraphIR

/// The build constants of `wide/convolution_few_channels.cl`.
private struct FewChannelsConstants: BuildConstants {
    let lanes: Int
    let imageRows: Int
    let imageColumns: Int
    let channelsIn: Int
    let channelsOut: Int
    let filterRows: Int
    let filterColumns: Int
    let stride: Int
    let padding: Int
}

/// The convolution of a node, or its gradient by the filter, where a patch of the image is shorter than a few vectors.
struct FewChannelsConvolution {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let lanes: Int
    private static let source = KernelSource.file("wide/convolution_few_channels")

    /// Whether patches are short enough for the registers, and outputs whole vectors.
    static func serves(_ sizes: ConvolutionSizes, _ tile: RegisterTile) -> Bool {
        sizes.filterArea * sizes.channelsIn <= 12 && sizes.channelsOut % tile.lanes == 0
    }

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: RegisterTile) {
        (self.sizes, self.node, lanes) = (sizes, node, tile.lanes)
    }

    /// The launch of `Op.Convolution`.
    func forward() -> Launch {
        let hasBias = node.inputs.count == 3
        let call = KernelCall(
            Self.source, "convolution_few_channels_forward", prelude: constants.prelude,
            [
                .int32(sizes.batch), .int32(span), .int32(hasBias ? 1 : 0), .input(node.inputs[0]),
                .input(node.inputs[1]), .input(node.inputs[hasBias ? 2 : 1]), .scratch(0), .output(node.outputs[0]),
            ], global: [items, 1, 1], local: [1, 1, 1], work: sizes.work)
        return node.launch(
            scratchBytes: [paddedBytes], calls: [.kernel(call)], recomputation: .init(of: node.outputs[0]))
    }

    /// The launch of `Op.ConvolutionBackwardFilter`.
    func backwardFilter() -> Launch {
        let sum = KernelCall(
            Self.source, "convolution_few_channels_backward_filter", prelude: constants.prelude,
            [
                .int32(sizes.batch), .int32(span), .input(node.inputs[0]), .input(node.inputs[1]), .scratch(0),
                .scratch(1),
            ], global: [items, 1, 1], local: [1, 1, 1], work: sizes.work)
        let add = KernelCall(
            "convolution", "convolution_add_parts",
            [.uint32(sizes.filterCount), .uint32(items), .scratch(1), .output(node.outputs[0])],
            .row(sizes.filterCount, on: node.target))
        return node.launch(
            scratchBytes: [paddedBytes, 4 * items * sizes.filterCount], calls: [.kernel(sum), .kernel(add)])
    }

    private var constants: FewChannelsConstants {
        FewChannelsConstants(
            lanes: lanes, imageRows: sizes.image.rows, imageColumns: sizes.image.columns,
            channelsIn: sizes.channelsIn, channelsOut: sizes.channelsOut, filterRows: sizes.filter.rows,
            filterColumns: sizes.filter.columns, stride: sizes.geometry.stride, padding: sizes.geometry.padding)
    }

    /// Images of a work-item.
    private var span: Int { (sizes.batch + node.target.wideItems - 1) / node.target.wideItems }

    private var items: Int { (sizes.batch + span - 1) / span }

    /// A padded image for each work-item.
    private var paddedBytes: Int {
        let border = 2 * sizes.geometry.padding
        return 4 * items * (sizes.image.rows + border) * (sizes.image.columns + border) * sizes.channelsIn
    }
}
