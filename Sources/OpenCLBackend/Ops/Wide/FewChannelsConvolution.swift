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
    let pastCache: Int
}

/// The convolution of a node, or its gradient by the filter, where a patch of the image is shorter than a few vectors.
struct FewChannelsConvolution {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let lanes: Int
    private static let source = KernelSource.file("wide/convolution_few_channels")

    /// From how many bytes on an output is not expected to be found in a cache by the launch that reads it.
    private static let cachedBytes = 64 << 20

    /// Whether patches are short enough for the registers, and outputs whole vectors.
    static func serves(_ sizes: ConvolutionSizes, _ tile: RegisterTile) -> Bool {
        sizes.filterArea * sizes.channelsIn <= 12 && sizes.channelsOut % tile.lanes == 0
    }

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: RegisterTile) {
        (self.sizes, self.node, lanes) = (sizes, node, tile.lanes)
    }

    /// The launch of `Op.Convolution`, with the `statistics` of a batch normalization behind where they are wanted.
    func forward(_ statistics: StatisticsEpilogue?) -> Launch {
        let share = share(views: statistics?.views ?? 1)
        let alone = forwardCall(share, hasStatistics: false)
        guard let statistics else {
            return node.launch(
                scratchBytes: [paddedBytes(share)], calls: [alone],
                recomputation: .init(node.node.op.name, of: node.outputs[0], calls: [alone]))
        }
        return node.launch(
            "convolution + statistics", scratchBytes: [paddedBytes(share), statistics.bytes(items: share.items)],
            calls: [forwardCall(share, hasStatistics: true), statistics.call(items: share.items, in: .scratch(1))],
            recomputation: .init(node.node.op.name, of: node.outputs[0], calls: [alone]))
    }

    private func forwardCall(_ share: Share, hasStatistics: Bool) -> Call {
        let hasBias = node.inputs.count == 3
        return .kernel(
            KernelCall(
                Self.source, "convolution_few_channels_forward", prelude: constants.prelude,
                [
                    .int32(sizes.batch / share.views), .int32(share.span), .int32(hasBias ? 1 : 0),
                    .int32(hasStatistics ? 1 : 0), .input(node.inputs[0]), .input(node.inputs[1]),
                    .input(node.inputs[hasBias ? 2 : 1]), .scratch(0), .scratch(hasStatistics ? 1 : 0),
                    .output(node.outputs[0]),
                ], global: [share.items, share.views], local: [1, 1], work: sizes.work))
    }

    /// The launch of `Op.ConvolutionBackwardFilter`.
    func backwardFilter() -> Launch {
        let share = share(views: 1)
        let sum = KernelCall(
            Self.source, "convolution_few_channels_backward_filter", prelude: constants.prelude,
            [
                .int32(sizes.batch / share.views), .int32(share.span), .input(node.inputs[0]), .input(node.inputs[1]),
                .scratch(0),
                .scratch(1),
            ], global: [share.items, 1], local: [1, 1], work: sizes.work)
        let add = KernelCall(
            addingParts: share.items, of: sizes.filterCount, from: .scratch(1), to: .output(node.outputs[0]),
            on: node.target)
        return node.launch(
            scratchBytes: [paddedBytes(share), 4 * share.items * sizes.filterCount],
            calls: [.kernel(sum), .kernel(add)])
    }

    private var constants: FewChannelsConstants {
        FewChannelsConstants(
            lanes: lanes, imageRows: sizes.image.rows, imageColumns: sizes.image.columns,
            channelsIn: sizes.channelsIn, channelsOut: sizes.channelsOut, filterRows: sizes.filter.rows,
            filterColumns: sizes.filter.columns, stride: sizes.geometry.stride, padding: sizes.geometry.padding,
            pastCache: outputBytes > Self.cachedBytes ? 1 : 0)
    }

    private var outputBytes: Int { 4 * sizes.batch * sizes.output.rows * sizes.output.columns * sizes.channelsOut }

    /// The work-items of each view, and the images of each.
    private func share(views: Int) -> Share { Share(sizes.batch, views: views, unit: 1, on: node.target) }

    /// A padded image for each work-item.
    private func paddedBytes(_ share: Share) -> Int {
        let border = 2 * sizes.geometry.padding
        return 4 * share.items * share.views * (sizes.image.rows + border) * (sizes.image.columns + border)
            * sizes.channelsIn
    }
}
