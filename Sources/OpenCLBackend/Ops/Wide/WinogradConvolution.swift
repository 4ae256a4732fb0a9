// 3x3 convolutions on CPU devices, by Winograd's F(4x4, 3x3).

import GraphIR

/// The build constants of `wide/convolution_winograd.cl`.
private struct WinogradConstants: BuildConstants {
    let lanes: Int
    let tileRows: Int
    let tiles: Int
}

/// The build constants of `wide/convolution_winograd_backward_filter.cl`.
private struct WinogradFilterConstants: BuildConstants {
    let lanes: Int
    let filterRows: Int
    let tiles: Int
}

/// The convolution of a node, and its gradients, in tiles of 4 by 4 pixels.
struct WinogradConvolution {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let tile: RegisterTile
    private var lanes: Int { tile.lanes }
    private var panel: Int { 2 * lanes }

    /// Whether the filter is 3x3 and keeps the image's extents, and there are channels enough to be summed in vectors.
    static func serves(_ sizes: ConvolutionSizes) -> Bool {
        sizes.suitsWinograd && min(sizes.channelsIn, sizes.channelsOut) >= 4
    }

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: RegisterTile) {
        (self.sizes, self.node, self.tile) = (sizes, node, tile)
    }

    /// The launch of `Op.Convolution`, with the `statistics` of a batch normalization behind where they are wanted.
    func forward(_ statistics: StatisticsEpilogue?) -> Launch {
        let bias = node.inputs.count == 3 ? node.inputs[2] : nil
        return multiply(from: sizes.channelsIn, to: sizes.channelsOut, isRotated: false, bias: bias, statistics)
    }

    /// The launch of `Op.ConvolutionBackwardInput`: the same with the filter turned by 180 degrees.
    func backwardInput() -> Launch {
        multiply(from: sizes.channelsOut, to: sizes.channelsIn, isRotated: true, bias: nil, nil)
    }

    /// Images of `input` channels (the node's first operand) times the filter (its second), into `output` channels.
    private func multiply(
        from input: Int, to output: Int, isRotated: Bool, bias: ValueID?, _ statistics: StatisticsEpilogue?
    ) -> Launch {
        let constants = WinogradConstants(lanes: lanes, tileRows: tile.rows, tiles: tile.rows)
        let (padded, panels) = (input.roundedUp(to: lanes), output.roundedUp(to: panel) / panel)
        let share = share(views: statistics?.views ?? 1, unit: constants.tiles)
        let pack = KernelCall(
            "wide/convolution_winograd", "convolution_winograd_pack_filter", prelude: constants.prelude,
            [.int32(input), .int32(output), .int32(isRotated ? 1 : 0), .input(node.inputs[1]), .scratch(0)],
            global: [panels * panel, padded], local: [panel, 1])
        let forward = KernelCall(
            "wide/convolution_winograd", "convolution_winograd_forward", prelude: constants.prelude,
            imageArguments(input, output, views: share.views) + [
                .int32(bias == nil ? 0 : 1), .int32(statistics == nil ? 0 : 1), .int32(share.span),
                .input(node.inputs[0]), .scratch(0), bias.map { .input($0) } ?? .scratch(0), .scratch(1),
                .scratch(statistics == nil ? 1 : 2), .output(node.outputs[0]),
            ], global: [share.items, share.views], local: [1, 1], work: sizes.work)
        return node.launch(
            statistics.map { _ in "convolution + statistics" },
            scratchBytes: [
                4 * panels * 36 * padded * panel,
                4 * share.items * share.views * slice(tiles: constants.tiles, channels: padded),
            ] + (statistics.map { [$0.bytes(items: share.items)] } ?? []),
            calls: [.kernel(pack), .kernel(forward)]
                + (statistics.map { [$0.call(items: share.items, in: .scratch(2))] } ?? []))
    }

    /// The launch of `Op.ConvolutionBackwardFilter`.
    func backwardFilter() -> Launch {
        let constants = WinogradFilterConstants(lanes: lanes, filterRows: tile.rows, tiles: 24)
        let (input, output) = (sizes.channelsIn, sizes.channelsOut)
        let padded = input.roundedUp(to: lanes)
        let partial = 36 * padded * output.roundedUp(to: panel)
        let share = share(views: 1, unit: constants.tiles)
        let source = KernelSource.file("wide/convolution_winograd_backward_filter")
        let sum = KernelCall(
            source, "convolution_winograd_backward_filter", prelude: constants.prelude,
            imageArguments(input, output, views: 1) + [
                .int32(share.span), .input(node.inputs[0]), .input(node.inputs[1]), .scratch(0), .scratch(1),
            ], global: [share.items, 1, 1], local: [1, 1, 1], work: sizes.work)
        let add = KernelCall(
            addingParts: share.items, of: partial, from: .scratch(1), to: .scratch(2), on: node.target)
        let filter = KernelCall(
            source, "convolution_winograd_filter", prelude: constants.prelude,
            [.int32(input), .int32(output), .scratch(2), .output(node.outputs[0])],
            global: [output, input], local: [output.powerOfTwoDivisor(atMost: 16), 1])
        return node.launch(
            scratchBytes: [
                4 * share.items * slice(tiles: constants.tiles, channels: padded), 4 * share.items * partial,
                4 * partial,
            ], calls: [.kernel(sum), .kernel(add), .kernel(filter)])
    }

    /// N, of one view, H, W, C, K.
    private func imageArguments(_ input: Int, _ output: Int, views: Int) -> [Argument] {
        [sizes.batch / views, sizes.image.rows, sizes.image.columns, input, output].map { .int32($0) }
    }

    /// The work-items of each view, and the tiles of each, a multiple of `unit`.
    private func share(views: Int, unit: Int) -> Share {
        let tiles = ((sizes.image.rows + 3) / 4) * ((sizes.image.columns + 3) / 4)
        return Share(sizes.batch * tiles, views: views, unit: unit, on: node.target)
    }

    /// The floats of one work-item's transformed tiles.
    private func slice(tiles: Int, channels: Int) -> Int {
        36 * (tiles * (channels + panel) + 2 * lanes)
    }
}
