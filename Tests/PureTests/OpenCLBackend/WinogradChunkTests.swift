// How the tiles of Winograd's convolution for GPUs are cut into chunks; no device is asked.

import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Winograd's chunks")
struct WinogradChunkTests {
    private let target = Target(
        kind: .gpu, computeUnits: 100, lanes: 1, maximumWorkGroup: 1024, localMemoryBytes: 48 << 10)

    /// The launch of a 3x3 convolution of `images`, as it is shipped.
    private func launch(_ images: Shape, to channels: Int, on target: Target) throws -> Launch {
        let builder = GraphBuilder()
        let filter = builder.input("w", [3, 3, images[3], channels])
        builder.output("y", builder.input("x", images).convolution(filter, .init(padding: 1)))
        return try #require(try lower(builder.finish(), for: target, fusion: true).first)
    }

    /// The tiles that the transformations of images in `launch` take.
    private func tiles(_ launch: Launch) -> [Range<Int>] {
        launch.calls.compactMap { call in
            guard case .kernel(let kernel) = call, kernel.function == "convolution_winograd_images",
                case .int32(let first) = kernel.arguments[0], case .int32(let count) = kernel.arguments[1]
            else { return nil }
            return first..<first + count
        }
    }

    @Test(
        "they follow each other, take every tile, and stay within the scratch memory",
        arguments: [(1, 1), (4, 3), (28, 482), (28, 964), (64, 500)])
    func chunks(extent: Int, images: Int) throws {
        for bytes in [target.chunkBytes, 32 << 20] {
            var target = target
            target.chunkBytes = bytes
            let launch = try launch([images, extent, extent, 128], to: 64, on: target)
            let chunks = tiles(launch)
            let all = images * ((extent + 3) / 4) * ((extent + 3) / 4)
            let most = bytes / (4 * 36 * (128 + 64)) / 64 * 64
            #expect(chunks.flatMap { $0 } == Array(0..<all))
            #expect(chunks.count == (all + most - 1) / most)
            #expect(launch.scratchBytes[1...2].reduce(0, +) <= bytes)
        }
    }

    @Test("with few channels there are none")
    func fewChannels() throws {
        for channels in [(1, 128), (128, 1), (31, 32), (32, 31)] {
            #expect(try tiles(launch([2, 8, 8, channels.0], to: channels.1, on: target)).isEmpty)
        }
        #expect(try tiles(launch([2, 8, 8, 32], to: 32, on: target)) == [0..<8])
    }
}
