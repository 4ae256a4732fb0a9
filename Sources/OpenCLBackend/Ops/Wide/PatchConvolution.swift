// Convolutions of any filter, stride and padding on CPU devices: patches of pixels times the packed filter.

import GraphIR

/// The build constants of `wide/convolution.cl`.
private struct PatchConstants: BuildConstants {
    let lanes: Int
    let tileRows: Int
    var thin = 4
}

/// The build constants of `wide/convolution_backward_filter.cl`.
private struct PatchFilterConstants: BuildConstants {
    let lanes: Int
    let filterRows: Int
    var pixels = 48
}

/// The convolution of a node, and its gradients, a register tile of patches at a time.
struct PatchConvolution {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let tile: RegisterTile
    private var lanes: Int { tile.lanes }
    private var constants: PatchConstants { PatchConstants(lanes: tile.lanes, tileRows: tile.rows) }

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: RegisterTile) {
        (self.sizes, self.node, self.tile) = (sizes, node, tile)
    }

    /// The launch of `Op.Convolution`.
    func forward() -> Launch {
        let hasBias = node.inputs.count == 3
        let depth = (sizes.filterArea * sizes.channelsIn).roundedUp(to: lanes)
        let work = share(sizes.batch * sizes.output.rows * sizes.output.columns, unit: constants.tileRows)
        let forward = call(
            "convolution_forward",
            sizes.arguments + [
                .int32(hasBias ? 1 : 0), .int32(work.span), .input(node.inputs[0]), .scratch(0),
                hasBias ? .input(node.inputs[2]) : .scratch(0), .scratch(1), .output(node.outputs[0]),
            ], [work.items, 1, 1])
        return node.launch(
            scratchBytes: [4 * depth * width(sizes.channelsOut), 4 * work.items * constants.tileRows * depth],
            calls: [pack(isBackward: false, width(sizes.channelsOut), depth, phases: 1), forward])
    }

    /// The launch of `Op.ConvolutionBackwardInput`: a convolution with a part of the filter for each phase of the stride.
    func backwardInput() -> Launch {
        let stride = sizes.geometry.stride
        func quotient(_ extent: Int) -> Int { (extent + stride - 1) / stride }
        let places = quotient(sizes.filter.rows) * quotient(sizes.filter.columns)
        let depth = (places * sizes.channelsOut).roundedUp(to: lanes)
        let pixels = sizes.batch * quotient(sizes.image.rows) * quotient(sizes.image.columns)
        let work = share(pixels, unit: constants.tileRows)
        let phases = stride * stride
        let backward = call(
            "convolution_backward_input",
            sizes.arguments + [
                .int32(work.span), .input(node.inputs[0]), .scratch(0), .scratch(1), .output(node.outputs[0]),
            ], [work.items, stride, stride])
        return node.launch(
            scratchBytes: [
                4 * phases * depth * width(sizes.channelsIn), 4 * work.items * phases * constants.tileRows * depth,
            ],
            calls: [pack(isBackward: true, width(sizes.channelsIn), depth, phases: phases), backward])
    }

    /// The launch of `Op.ConvolutionBackwardFilter`.
    func backwardFilter() -> Launch {
        let constants = PatchFilterConstants(lanes: lanes, filterRows: tile.rows)
        let patch = sizes.filterArea * sizes.channelsIn
        let (depth, panel) = (patch.roundedUp(to: lanes), 2 * lanes)
        let work = share(sizes.batch * sizes.output.rows * sizes.output.columns, unit: constants.pixels)
        let source = KernelSource.file("wide/convolution_backward_filter")
        let sum = KernelCall(
            source, "convolution_backward_filter", prelude: constants.prelude,
            sizes.arguments + [
                .int32(work.span), .input(node.inputs[0]), .input(node.inputs[1]), .scratch(0), .scratch(1),
            ], global: [work.items, 1, 1], local: [1, 1, 1], work: sizes.work)
        let reduce = KernelCall(
            source, "convolution_backward_filter_reduce", prelude: constants.prelude,
            [.int32(sizes.channelsOut), .int32(patch), .int32(work.items), .scratch(1), .output(node.outputs[0])],
            global: [sizes.channelsOut, patch], local: [sizes.channelsOut.powerOfTwoDivisor(atMost: 16), 1])
        return node.launch(
            scratchBytes: [
                4 * work.items * constants.pixels * (depth + panel),
                4 * work.items * depth * sizes.channelsOut.roundedUp(to: panel),
            ], calls: [.kernel(sum), .kernel(reduce)])
    }

    private func call(_ function: String, _ arguments: [Argument], _ global: [Int]) -> Call {
        .kernel(
            KernelCall(
                "wide/convolution", function, prelude: constants.prelude, arguments, global: global, local: [1, 1, 1],
                work: sizes.work))
    }

    private func pack(isBackward: Bool, _ width: Int, _ depth: Int, phases: Int) -> Call {
        let numbers = [
            sizes.channelsIn, sizes.channelsOut, sizes.filter.rows, sizes.filter.columns, sizes.geometry.stride,
            isBackward ? 1 : 0,
        ]
        return .kernel(
            KernelCall(
                "wide/convolution", "convolution_pack_filter", prelude: constants.prelude,
                numbers.map { .int32($0) } + [.input(node.inputs[1]), .scratch(0)], global: [width, depth, phases],
                local: [width.powerOfTwoDivisor(atMost: 32), 1, 1]))
    }

    /// The packed width of `channels` of the result: whole panels, unless there are so few that each is summed alone.
    private func width(_ channels: Int) -> Int {
        channels > constants.thin ? channels.roundedUp(to: 2 * lanes) : channels
    }

    /// The work-items, and the pixels of each, a multiple of `unit`.
    private func share(_ pixels: Int, unit: Int) -> (items: Int, span: Int) {
        let wanted = (pixels + node.target.wideItems - 1) / node.target.wideItems
        let span = wanted.roundedUp(to: unit)
        return ((pixels + span - 1) / span, span)
    }
}
