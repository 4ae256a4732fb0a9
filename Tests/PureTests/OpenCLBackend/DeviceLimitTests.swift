// No launch asks a device for more than it states; no device is asked.

import Autodiff
import GraphIR
import Layers
import Objectives
import OpenCLBackend
import Optimization
import Testing
import Training

@Suite("Device limits")
struct DeviceLimitTests {
    private static let limits = [(256, 32 << 10), (64, 8 << 10)]

    /// A training step with all objectives, at sizes that fill the tiles.
    private func step() throws -> Graph {
        let objective = WeightedObjective([
            (1, .contrastive(.init(.ntXent))), (0.01, .forwardPredictive(.binaryCrossEntropy)),
            (1, .inversePredictive(.elementMean)),
        ])
        return try TrainingGraph.build(Model(Encoder.Sizes(), for: objective), objective, .adam(.init()), pairs: 32)
    }

    @Test(
        "a training step on a GPU stays within its work-groups and its local memory", arguments: limits,
        [KernelFamily.tiled, .winograd])
    func trainingStep(limit: (Int, Int), family: KernelFamily) throws {
        let (items, localBytes) = limit
        var target = Target(
            kind: .gpu, computeUnits: 16, lanes: 1, maximumWorkGroup: items, localMemoryBytes: localBytes)
        target.forcedKernels = target.kernels(of: family)
        let calls = try lower(step(), for: target, fusion: true).flatMap(\.calls)
        var tiled = 0
        for case .kernel(let call) in calls {
            #expect((call.local ?? []).reduce(1, *) <= items, "\(call.function) in groups of \(call.local ?? [])")
            let arguments = call.arguments.reduce(0) { if case .local(let bytes) = $1 { $0 + bytes } else { $0 } }
            #expect(arguments + declaredBytes(call) <= localBytes, "\(call.function)")
            if call.source.name.hasPrefix("tiled/") { tiled += 1 }
        }
        // Four convolutions, all three ways but for the images' gradient, and what the linear layers multiply.
        #expect(tiled >= 14)
    }

    @Test("a long depth keeps a large GPU busy in parts of bounded scratch memory", arguments: [700_000, 1 << 24, 100])
    func parts(depth: Int) throws {
        var target = Target(
            kind: .gpu, computeUnits: 132, lanes: 1, maximumWorkGroup: 1024, localMemoryBytes: 48 << 10)
        target.forcedKernels = target.kernels(of: .tiled)
        let builder = GraphBuilder()
        let (left, right) = (builder.input("left", [depth, 128]), builder.input("right", [depth, 128]))
        builder.output("y", left.matrixProduct(right, transposeLeft: true))
        let launch = try #require(lower(builder.finish(), for: target, fusion: true).first)
        guard case .kernel(let sum) = launch.calls[0], case .int32(let span) = sum.arguments[4] else {
            Issue.record("\(launch)")
            return
        }
        let parts = sum.global[1]
        #expect(depth == 100 ? parts == 1 : parts * 4 >= 132)
        #expect((parts - 1) * span < depth && depth <= parts * span && span.isMultiple(of: 16))
        #expect(launch.scratchBytes == (parts == 1 ? [] : [4 * parts * 128 * 128]))
        #expect(launch.scratchBytes.reduce(0, +) <= 64 << 20)
        #expect(launch.calls.count == (parts == 1 ? 1 : 2))
    }

    @Test(
        "a gradient of scores holds the weights of some rows at a time, and of every row once",
        arguments: [256, 20_000, 100_000], [16, 1024])
    func weights(rows: Int, depth: Int) throws {
        var target = Target(
            kind: .gpu, computeUnits: 132, lanes: 1, maximumWorkGroup: 1024, localMemoryBytes: 48 << 10)
        target.forcedKernels = target.kernels(of: .tiled)
        let builder = GraphBuilder()
        let z = builder.input("z", [rows, depth])
        let loss = z.scoreReduction(.logSumExp, with: z, scale: 10, excludesDiagonal: true).sumOfAll()
        builder.output("dz", loss.gradients(withRespectTo: [z])[0])
        let launches = try lower(builder.finish(), for: target, fusion: true)
        let launch = try #require(launches.first { $0.label == "scoreReductionBackward" })
        var (next, operations) = (0, 0)
        for case .kernel(let call) in launch.calls {
            operations += call.work.operations
            guard call.function == "score_reduction_weights" else { continue }
            guard case .int32(next) = call.arguments[7], case .int32(let count) = call.arguments[8] else {
                Issue.record("\(call)")
                return
            }
            #expect(4 * count * rows <= launch.scratchBytes[0])
            next += count
        }
        #expect(next == rows && operations == 4 * rows * rows * depth)
        // One tile of rows at least, and the parts of a product.
        #expect(launch.scratchBytes[0] <= max(target.chunkBytes, 4 * 64 * rows))
        #expect(launch.scratchBytes.dropFirst().reduce(0, +) <= target.chunkBytes)
    }

    /// The bytes of the tiles in `tiled/multiply.h`: two steps of both factors, four floats behind each line; or of what
    /// kernels of `tiled/columns.h` declare at most: two vectors for each work-item, and a count for each row.
    private func declaredBytes(_ call: KernelCall) -> Int {
        var constants: [Substring: Int] = [:]
        for line in call.prelude.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 3 { constants[words[1]] = Int(words[2]) }
        }
        if let rows = constants["ROWS"], let columns = constants["COLUMNS"] {
            return 4 * rows * (2 * columns * (constants["LANES"] ?? 1) + 1)
        }
        guard let rows = constants["GROUP_ROWS"], let columns = constants["GROUP_COLUMNS"] else { return 0 }
        return 2 * (constants["DEPTH"] ?? 0) * (rows + 4 + columns + 4) * 4
    }
}
