// 3x3 convolutions on GPUs, by Winograd's F(4x4, 3x3): transformations around 36 matrix products.

import GraphIR
import TensorCore

/// The build constants of `tiled/convolution_winograd.cl`.
private struct TiledWinogradConstants: BuildConstants {
    let lanes: Int
}

/// The convolution of a node, and its gradients, in tiles of 4 by 4 pixels, some tiles of all images at a time.
struct TiledWinograd {
    private let sizes: ConvolutionSizes
    private let node: LoweredNode
    private let tile: GroupTile

    /// Whether the filter suits, and there are channels enough for fewer operations to outweigh more bytes.
    ///
    /// A pixel of the result takes 2.25 multiply-adds for each pair of channels instead of 9: with c channels in and out,
    /// 13.5 c^2 operations less. For that the transformed images and results, 2.25 c numbers of a pixel each, are written
    /// and read once more: 36 c bytes. That is 0.375 c operations to the byte, 12 at 32 channels, about as many as a GPU
    /// with fast memory does in the time of a byte.
    ///
    /// It takes no rounded factors: what is rounded behind its transforms loses more than what is rounded before.
    static func serves(_ sizes: ConvolutionSizes, on target: Target) -> Bool {
        target.precision == .float32 && sizes.suitsWinograd && min(sizes.channelsIn, sizes.channelsOut) >= 32
    }

    init(_ sizes: ConvolutionSizes, _ node: LoweredNode, _ tile: GroupTile) {
        (self.sizes, self.node, self.tile) = (sizes, node, tile)
    }

    /// The launch of `Op.Convolution`.
    func forward() -> Launch {
        multiply(
            from: sizes.channelsIn, to: sizes.channelsOut, isRotated: false,
            bias: node.inputs.count == 3 ? node.inputs[2] : nil)
    }

    /// The launch of `Op.ConvolutionBackwardInput`: the same with the filter turned by 180 degrees.
    func backwardInput() -> Launch {
        multiply(from: sizes.channelsOut, to: sizes.channelsIn, isRotated: true, bias: nil)
    }

    /// Images of `input` channels (the node's first operand) times the filter (its second), into `output` channels.
    private func multiply(from input: Int, to output: Int, isRotated: Bool, bias: ValueID?) -> Launch {
        let filter = call(
            "filter", lanes: lanes(input),
            [.int32(input), .int32(output), .int32(isRotated ? 1 : 0), .input(node.inputs[1]), .scratch(0)],
            .grid(output, input, on: node.target))
        let products = chunks.map { product(.init(), [36, $0.count, input], [36, input, output]) }
        let calls = zip(chunks, products).flatMap { chunk, product in
            [transformation("images", of: chunk, input, [.input(node.inputs[0]), .scratch(1)])]
                + product.calls(left: .scratch(1), right: .scratch(0), result: .scratch(2), scratch: .scratch(3))
                + [
                    transformation(
                        "result", of: chunk, output,
                        [
                            .int32(bias == nil ? 0 : 1), .scratch(2), bias.map { .input($0) } ?? .scratch(2),
                            .output(node.outputs[0]),
                        ])
                ]
        }
        return node.launch(scratchBytes: scratchBytes(input, output, products), calls: [filter] + calls)
    }

    /// The launch of `Op.ConvolutionBackwardFilter`: the gradients of the chunks, added in their order.
    func backwardFilter() -> Launch {
        let (input, output) = (sizes.channelsIn, sizes.channelsOut)
        let op = Op.MatrixProduct(transposeLeft: true)
        let products = chunks.map { product(op, [36, $0.count, input], [36, $0.count, output]) }
        let calls = zip(chunks, products).flatMap { chunk, product in
            [
                transformation("images", of: chunk, input, [.input(node.inputs[0]), .scratch(1)]),
                transformation("gradients", of: chunk, output, [.input(node.inputs[1]), .scratch(2)]),
            ] + product.calls(left: .scratch(1), right: .scratch(2), result: .scratch(0), scratch: .scratch(3)) + [
                call(
                    "filter_gradient", lanes: lanes(input),
                    [
                        .int32(input), .int32(output), .int32(chunk.lowerBound == 0 ? 0 : 1), .scratch(0),
                        .output(node.outputs[0]),
                    ], .grid(output, input, on: node.target))
            ]
        }
        return node.launch(scratchBytes: scratchBytes(input, output, products), calls: calls)
    }

    /// The scratch memory: transformed filters, images and results, and the parts into which the products cut their sums.
    private func scratchBytes(_ input: Int, _ output: Int, _ products: [TiledProduct]) -> [Int] {
        let (parts, rows) = (products.flatMap(\.scratchBytes).max(), chunks[0].count)
        return [Self.bytes(input, output), Self.bytes(rows, input), Self.bytes(rows, output)]
            + (parts.map { [$0] } ?? [])
    }

    private func product(_ op: Op.MatrixProduct, _ left: Shape, _ right: Shape) -> TiledProduct {
        TiledProduct(op, op.sizes(left, right), tile, on: node.target)
    }

    /// The transformation of the tiles of `chunk`, images of `channels` being read or written.
    private func transformation(
        _ function: String, of chunk: Range<Int>, _ channels: Int, _ arguments: [Argument]
    ) -> Call {
        let lanes = lanes(channels)
        let numbers = [chunk.lowerBound, chunk.count, sizes.image.rows, sizes.image.columns, channels]
        return call(
            function, lanes: lanes, numbers.map { .int32($0) } + arguments,
            .grid(channels / lanes, chunk.count, on: node.target),
            // 16 pixels and 36 of what they become.
            work: Work(bytes: 4 * chunk.count * channels * (16 + 36)))
    }

    private func call(
        _ function: String, lanes: Int, _ arguments: [Argument], _ geometry: Geometry, work: Work = Work()
    ) -> Call {
        .kernel(
            KernelCall(
                "tiled/convolution_winograd", "convolution_winograd_\(function)",
                prelude: TiledWinogradConstants(lanes: lanes).prelude, arguments, geometry, work: work))
    }

    /// The channels of a work-item: two, of which a tile takes 72 registers; with four, 144, few work-items would fit into
    /// the registers of a multiprocessor, and none where a work-item has at most 128.
    private func lanes(_ channels: Int) -> Int { channels.powerOfTwoDivisor(atMost: 2) }

    /// The tiles of all images.
    private var tiles: Int {
        sizes.batch * ((sizes.image.rows + 3) / 4) * ((sizes.image.columns + 3) / 4)
    }

    /// The tiles that go through at a time: whole tiles of the product.
    private var chunks: [Range<Int>] {
        node.target.chunks(
            of: tiles, bytes: Self.bytes(1, sizes.channelsIn + sizes.channelsOut), multiplesOf: tile.rows)
    }

    /// The bytes of 36 matrices.
    private static func bytes(_ rows: Int, _ columns: Int) -> Int { 4 * 36 * rows * columns }
}
