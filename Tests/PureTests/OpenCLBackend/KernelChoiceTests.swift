// Which kernel serves which node: forced, tuned or shipped; no device is asked.

import Autodiff
import Diptych
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Kernel choices")
struct KernelChoiceTests {
    private func cpu(lanes: Int, registers: Int? = nil) -> Target {
        Target(
            kind: .cpu, computeUnits: 2, lanes: lanes, vectorRegisters: registers, maximumWorkGroup: 4096,
            localMemoryBytes: 1 << 20)
    }

    @Test("every candidate is read as it is written, and nothing else", arguments: KernelChoice.operations)
    func texts(operation: String) {
        let candidates = KernelChoice.candidates(for: operation)
        #expect(candidates.count >= 4 && Set(candidates).count == candidates.count)
        for choice in candidates { #expect(KernelChoice(choice.description, for: operation) == choice) }
        for text in ["", "wide", "wide 3x7", "Plain", "wide 16x12 "] {
            #expect(KernelChoice(text, for: operation) == nil)
        }
        #expect(KernelChoice("library", for: operation) == (operation == "matrixProduct" ? .library(nil) : nil))
        #expect(KernelChoice.candidates(for: "tanh").isEmpty)
    }

    @Test("the shipped tile fills the registers of AVX-512, AVX2, NEON and SSE")
    func shippedTiles() {
        let machines = [(16, nil, 12, 8), (8, nil, 6, 4), (4, 32, 12, 4), (4, nil, 6, 4)] as [(Int, Int?, Int, Int)]
        for (lanes, registers, rows, filterRows) in machines {
            let target = cpu(lanes: lanes, registers: registers)
            let shipped = [("convolution", rows), ("convolutionBackwardFilter", filterRows), ("maxPool", 1)]
            for (operation, rows) in shipped {
                #expect(target.shippedChoice(for: operation) == .wide(RegisterTile(lanes, by: rows)))
            }
            for operation in KernelChoice.operations {
                let candidates = target.candidates(for: operation)
                #expect(candidates.first == target.shippedChoice(for: operation))
                #expect(Set(candidates).count == candidates.count && candidates.contains(.plain))
            }
        }
    }

    @Test("a GPU is shipped CLBlast, or Winograd or the first tile that it holds, a simulator the plain kernel")
    func otherDevices() throws {
        func target(_ kind: Target.Kind, items: Int = 256, local: Int = 32) -> Target {
            Target(kind: kind, computeUnits: 2, lanes: 1, maximumWorkGroup: items, localMemoryBytes: local << 10)
        }
        let (usual, small) = (target(.gpu), target(.gpu, items: 64, local: 8))
        #expect(usual.candidates(for: "matrixProduct").prefix(3).map(\.description) == ["library", "plain", Self.tile])
        #expect(
            usual.candidates(for: "convolution").prefix(3).map(\.description)
                == ["winograd 64x64x16/4x4", "plain", Self.tile])
        for operation in ["convolution", "convolutionBackwardInput", "convolutionBackwardFilter", "matrixProduct"] {
            let fitting = small.candidates(for: operation).map(\.description)
            #expect(fitting.contains("tiled 32x32x8/4x4") && !fitting.contains(Self.tile))
            #expect(fitting.contains("winograd 32x32x8/4x4") == (operation != "matrixProduct"))
            #expect(!fitting.contains { $0.hasPrefix("wide") })
        }
        #expect(target(.gpu, items: 64, local: 4).shippedChoice(for: "convolution") == .plain)
        #expect(target(.simulator).shippedChoice(for: "matrixProduct") == .plain)
    }

    @Test("a GPU takes the first tile that it holds, and the plain kernel where it holds none")
    func tilesOfSmallDevices() {
        func shipped(workGroup: Int, localBytes: Int) -> KernelChoice {
            Target(
                kind: .gpu, computeUnits: 2, lanes: 1, maximumWorkGroup: workGroup, localMemoryBytes: localBytes
            ).shippedChoice(for: "batchNormalization")
        }
        #expect(shipped(workGroup: 256, localBytes: 1 << 15) == .tiled(GroupTile(16, by: 16)))
        #expect(shipped(workGroup: 64, localBytes: 1 << 15) == .tiled(GroupTile(8, by: 8)))
        #expect(shipped(workGroup: 256, localBytes: 1 << 12) == .tiled(GroupTile(8, by: 8)))
        #expect(shipped(workGroup: 32, localBytes: 1 << 15) == .plain)
    }

    @Test("a GPU is shipped large tiles where they keep it busy, and are not much idler than small ones")
    func largeTiles() throws {
        var target = Target(
            kind: .gpu, computeUnits: 132, lanes: 1, maximumWorkGroup: 1024, localMemoryBytes: 48 << 10)
        func shipped(_ result: Shape, _ operation: String = "convolution") -> String {
            let choice = target.shippedChoice(for: operation, result: result)
            #expect(target.candidates(for: operation, result: result).first == choice)
            #expect(Set(target.candidates(for: operation, result: result)) == Set(target.candidates(for: operation)))
            return choice.description
        }
        let (small, large) = ("64x64x16/4x4", "128x128x16/8x8")
        // Two groups for each of 132 multiprocessors, and one group less.
        #expect(shipped([264, 8, 16, 128]) == "winograd " + large)
        #expect(shipped([263, 8, 16, 128]) == "winograd " + small)
        // Columns that fill half of a large tile, three quarters of two, and as much of one as of two small ones.
        #expect(shipped([1000, 8, 16, 64]) == "winograd " + small)
        #expect(shipped([1000, 8, 16, 192]) == "winograd " + small)
        #expect(shipped([1000, 8, 16, 100]) == "winograd " + large)
        #expect(shipped([1000, 8, 16, 128], "batchNormalization") == "tiled 16x16")
        let builder = GraphBuilder()
        let x = builder.input("x", [264, 8, 16, 8])
        builder.output("y", x.convolution(builder.input("w", [1, 1, 8, 128]), .init()))
        let graph = try builder.finish()
        #expect(target.record(of: graph).values.contains("winograd " + large))
        guard case .kernel(let call)? = lower(graph, for: target, fusion: true).first?.calls.first else {
            throw ShapeError("no kernel")
        }
        #expect(call.global == [264 * 256, 1, 1] && call.local == [256, 1, 1])
        // Scores are cut into tiles, and not what they are reduced to.
        #expect(try shippedForScores(of: [2112, 2048], on: target) == ["tiled " + large])
        #expect(try shippedForScores(of: [2048, 2048], on: target) == ["tiled " + small])

        for (precision, tile) in [(Precision.tf32, large), (.bf16, large)] {
            target.precision = precision
            #expect(shipped([36, 1024, 128], "matrixProduct") == "tiled " + tile)
            #expect(shipped([36, 100, 10], "matrixProduct") == "tiled " + small)
        }
        (target.precision, target.localMemoryBytes) = (.tf32, 32 << 10)
        #expect(shipped([36, 1024, 128], "matrixProduct") == "tiled 128x128x8/8x8")
        target.precision = .bf16
        #expect(shipped([36, 1024, 128], "matrixProduct") == "tiled " + small, "it holds no large tile")
        target.computeUnits = 1000
        target.precision = .tf32
        #expect(shipped([36, 1024, 128], "matrixProduct") == "tiled " + small)
    }

    /// What reduces scores of `extents`, and what makes the gradient.
    private func shippedForScores(of extents: Shape, on target: Target) throws -> Set<String> {
        let builder = GraphBuilder()
        let (a, b) = (builder.input("a", [extents[0], 16]), builder.input("b", [extents[1], 16]))
        let y = a.scoreReduction(.logSumExp, with: b, scale: 1)
        builder.output("da", y.sumOfAll().gradients(withRespectTo: [a, b])[0])
        let record = target.record(of: try builder.finish())
        return Set(record.filter { $0.key.hasPrefix("scoreReduction") }.values)
    }

    @Test("a matrix of few columns, or rows, leaves no work-item idle that another tile would not")
    func fittedTiles() {
        let tile = GroupTile(16, by: 16)
        #expect(tile.fitted(to: 1000, by: 100) == tile)
        #expect(tile.fitted(to: 1000, by: 9) == tile)
        #expect(tile.fitted(to: 1000, by: 8) == GroupTile(32, by: 8))
        #expect(tile.fitted(to: 1000, by: 1) == GroupTile(256, by: 1))
        #expect(tile.fitted(to: 1, by: 1000) == GroupTile(1, by: 256))
        #expect(tile.fitted(to: 3, by: 20) == GroupTile(8, by: 32))
    }

    @Test("where factors are rounded, products have the tiles that tensor cores take, and nothing else")
    func precision() throws {
        let products = ["convolution", "convolutionBackwardInput", "convolutionBackwardFilter", "matrixProduct"]
        for (precision, depth) in [(Precision.tf32, 8), (.bf16, 16)] {
            var target = Target(
                kind: .gpu, computeUnits: 2, lanes: 1, maximumWorkGroup: 1024, localMemoryBytes: 48 << 10)
            let others = target.candidates(for: "maxPool")
            target.precision = precision
            for operation in products {
                let choices = target.candidates(for: operation)
                #expect(choices.first == target.shippedChoice(for: operation) && !choices.isEmpty)
                for case let choice in choices {
                    guard case .tiled(let tile) = choice else { throw ShapeError("\(operation): \(choice)") }
                    #expect(tile.depth.isMultiple(of: depth) && tile.items.isMultiple(of: 32))
                }
            }
            #expect(target.candidates(for: "maxPool") == others)
            #expect(target.kernels(of: .tiled)["convolution"] == target.shippedChoice(for: "convolution"))
            target.localMemoryBytes = 1 << 10
            #expect(target.shippedChoice(for: "convolution") == .plain)
        }
    }

    @Test("CLBlast is told of tiles that a GPU holds, and of none on other devices")
    func libraryTiles() {
        func tiles(_ kind: Target.Kind, items: Int = 1024, local: Int = 48) -> [KernelChoice] {
            Target(kind: kind, computeUnits: 2, lanes: 1, maximumWorkGroup: items, localMemoryBytes: local << 10)
                .candidates(for: "matrixProduct").filter { $0.description.hasPrefix("library ") }
        }
        #expect(tiles(.gpu).count >= 6 && Set(tiles(.gpu)).count == tiles(.gpu).count)
        let small = tiles(.gpu, items: 64, local: 16)
        #expect(!small.isEmpty && small.count < tiles(.gpu).count)
        #expect(tiles(.cpu).isEmpty && tiles(.simulator).isEmpty)
        #expect(KernelChoice("library 7x7x7/7x7", for: "matrixProduct") == nil)
        #expect(KernelChoice("library 128x128x16/16x16", for: "convolution") == nil)
    }

    private static let tile = "tiled 64x64x16/4x4"

    @Test("a family is a choice for every operation, of tiles that the device holds", arguments: KernelFamily.allCases)
    func families(family: KernelFamily) {
        let target = cpu(lanes: 16)
        let kernels = target.kernels(of: family)
        #expect(kernels.keys.sorted() == KernelChoice.operations)
        for (operation, choice) in kernels {
            #expect(KernelChoice.candidates(for: operation).contains(choice))
            switch (family, choice) {
            case (_, .plain): #expect(family != .wide || target.shippedChoice(for: operation) == .plain)
            case (.wide, .wide): #expect(choice == target.shippedChoice(for: operation))
            case (.tiled, .tiled(let tile)), (.winograd, .tiled(let tile)), (.winograd, .winograd(let tile)):
                #expect(target.holds(tile))
            default: Issue.record("\(operation)=\(choice) in \(family)")
            }
        }
        #expect(kernels["convolution"]?.description.hasPrefix(family.rawValue) == true)
    }

    @Test("what is forced comes first, then what is tuned for this very node, then what is shipped")
    func order() throws {
        let (builder, other) = (GraphBuilder(), GraphBuilder())
        for (builder, images) in [(builder, 2), (other, 3)] {
            let x = builder.input("x", [images, 8, 8, 4])
            builder.output("y", x.convolution(builder.input("w", [3, 3, 4, 5]), .init(padding: 1)))
        }
        let (graph, larger) = (try builder.finish(), try other.finish())
        let key = "convolution [2, 8, 8, 4] [3, 3, 4, 5] -> [2, 8, 8, 5], stride 1, padding 1"
        func choice(_ target: Target, _ graph: Graph) -> KernelChoice {
            LoweredNode(2, of: graph, for: target).choice
        }
        var target = cpu(lanes: 16)
        #expect(LoweredNode(2, of: graph, for: target).key == key)
        #expect(choice(target, graph) == .wide(RegisterTile(16, by: 12)))
        target.tunedKernels[key] = .wide(RegisterTile(8, by: 6))
        #expect(choice(target, graph) == .wide(RegisterTile(8, by: 6)))
        #expect(choice(target, larger) == .wide(RegisterTile(16, by: 12)), "another shape")
        #expect(target.record(of: graph)[key] == "wide 8x6")
        target.forcedKernels["convolution"] = .plain
        #expect(choice(target, graph) == .plain)
        #expect(target.record(of: graph)[key] == "plain")
    }

    @Test("a normalization and its pooling are one place, and are left apart where they are told to be")
    func pooledNormalization() throws {
        let builder = GraphBuilder()
        let x = builder.input("x", [4, 8, 8, 16])
        let (scale, shift) = (builder.input("scale", [16]), builder.input("shift", [16]))
        let y = x.batchNormalization(scale: scale, shift: shift, views: 2).normalized.maxPool(window: 2).relu()
        builder.output("dx", y.square().sumOfAll().gradients(withRespectTo: [x])[0])
        let graph = try builder.finish()
        let key = "pooledNormalization [4, 8, 8, 16], views 2, window 2"
        func labels(_ target: Target) -> [String] {
            lower(graph, for: target, fusion: true).map(\.label).filter { $0.contains("atchNorm") }
        }
        var target = cpu(lanes: 16)
        let together = [
            "batchNormalization + maxPool + relu", "relu backward + maxPoolBackward + batchNormalizationBackward",
        ]
        #expect(labels(target) == together)
        let site = try #require(target.sites(of: graph).first { $0.key == key })
        let operations = site.nodes.map { graph.nodes[$0].op.name }
        #expect(
            operations == [
                "batchNormalization", "maxPool", "relu", "select", "maxPoolBackward", "batchNormalizationBackward",
            ])
        #expect(!target.sites(of: graph).contains { $0.operation == "maxPool" })

        target.tunedKernels[key] = .plain
        #expect(labels(target) == ["batchNormalization", "batchNormalizationBackward"])
        #expect(target.record(of: graph)[key] == "plain", "so that whoever goes on leaves them apart, too")
        #expect(target.sites(of: graph).contains { $0.operation == "maxPool" })
        target.tunedKernels = [:]
        target.forcedKernels["maxPoolBackward"] = .wide(RegisterTile(8, by: 1))
        #expect(labels(target) == ["batchNormalization", "batchNormalizationBackward"])
        target.forcedKernels["pooledNormalization"] = .wide(RegisterTile(8, by: 1))
        #expect(labels(target) == together)
    }

    @Test("the fastest right candidate is chosen, and the shipped one as long as the difference may be noise")
    func decision() {
        let tiles = [RegisterTile(16, by: 12), RegisterTile(16, by: 8), RegisterTile(8, by: 6)]
        func choice(_ outcomes: SiteTuning.Outcome...) -> KernelChoice? {
            let candidates = zip(tiles, outcomes).map { SiteTuning.Candidate(choice: .wide($0), outcome: $1) }
            return SiteTuning(operation: "convolution", key: "k", candidates: candidates).choice
        }
        let wrong = SiteTuning.Outcome.inexact(relativeError: 1e-3)
        #expect(choice(.measured(rounds: [2]), .measured(rounds: [3]), .slow) == .wide(tiles[0]))
        #expect(choice(.measured(rounds: [2]), .measured(rounds: [1.5]), .slow) == .wide(tiles[1]))
        #expect(choice(.measured(rounds: [2]), .measured(rounds: [1.98]), .slow) == .wide(tiles[0]), "noise")
        #expect(choice(.measured(rounds: [2, 1]), .measured(rounds: [1.5, 1]), .slow) == .wide(tiles[0]), "noise")
        #expect(choice(.measured(rounds: [2, 2]), .measured(rounds: [1.5, 1.6]), .slow) == .wide(tiles[1]))
        #expect(choice(wrong, .measured(rounds: [9]), .slow) == .wide(tiles[1]), "slower, but right")
        #expect(choice(.measured(rounds: [2]), wrong, .failed(reason: "x")) == .wide(tiles[0]))
        #expect(choice(wrong, wrong, .slow) == nil)
    }
}
