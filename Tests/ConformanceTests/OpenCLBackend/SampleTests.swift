// Every sample of every operation on the device, held against the reference, with each kernel shape.

import OpenCLBackend
import OperationSamples
import ReferenceBackend
import Testing

@Suite("Samples on OpenCL", .requiresOpenCL)
struct SampleTests {
    @Test(arguments: OperationSample.all.filter { $0.extent < .benchmark })
    func agreesWithTheReference(sample: OperationSample) throws {
        let row = CrossCheck.check(sample, on: try Backends.usual.get(), against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    @Test(arguments: OperationSample.all.filter { $0.extent < .benchmark && choice(in: $0) != nil })
    func agreesWithEachKernel(sample: OperationSample) throws {
        let operation = try #require(Self.choice(in: sample))
        let expected = try sample.results(on: ReferenceBackend())
        for choice in KernelChoice.candidates(for: operation) where !choice.isLibraryTile {
            let backend = try Backends.usual.get().forcing([operation: choice])
            let row = CrossCheck.compare(try sample.results(on: backend), expected, of: sample)
            #expect(row.agrees, "\(operation)=\(choice): \(row)")
        }
    }

    @Test("sums are right in the parts for a large GPU", arguments: OperationSample.all.filter(isTiled))
    func agreesInManyParts(sample: OperationSample) throws {
        let backend = try Backends.large.get().forcing(Self.tiledKernels[0])
        let row = CrossCheck.check(sample, on: backend, against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    @Test(
        "launches are right in slabs, for devices that take few work-groups along a dimension",
        arguments: slabs)
    func agreesInSlabs(sample: OperationSample, family: KernelFamily) throws {
        let backend = try #require(Backends.inSlabs[family]).get()
        let row = CrossCheck.check(sample, on: backend, against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    /// Small samples whose launches state work-groups, with each family of kernels that serves them: one in four, since
    /// PoCL compiles a kernel anew for each offset's kind, and slabs hang on the kernel more than on the sample.
    private static let slabs: [(OperationSample, KernelFamily)] = {
        let small = OperationSample.all.filter { $0.extent == .small }
        let chosen = small.filter { choice(in: $0) != nil }
        let others: Set = ["gatherRows", "scatterAddRows", "topK", "averagePool", "averagePoolBackward"]
        let pairs: [(OperationSample, KernelFamily)] =
            (chosen + small.filter { others.contains($0.operation) }).map { ($0, .plain) }
            + chosen.map { ($0, .tiled) }
            + chosen.filter { $0.operation.hasPrefix("convolution") }.map { ($0, .winograd) }
        return pairs.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
    }()

    private static func isTiled(_ sample: OperationSample) -> Bool {
        sample.extent < .benchmark && choice(in: sample).map { tiledKernels[0][$0] != nil } == true
    }

    @Test("blocks, with a tiled kernel for all that have one", arguments: blocks)
    func blocksAgreeWithTiledKernels(sample: OperationSample) throws {
        let expected = try sample.results(on: ReferenceBackend())
        for tiles in Self.tiledKernels {
            let row = CrossCheck.compare(
                try sample.results(on: Backends.usual.get().forcing(tiles)), expected, of: sample)
            #expect(row.agrees, "\(tiles): \(row)")
        }
    }

    private static let blocks = OperationSample.all.filter { $0.operation == "block" && $0.extent < .benchmark }

    /// The first tiled kernels of all operations, the second ones, and so on.
    private static let tiledKernels: [[String: KernelChoice]] = {
        let tiles = KernelChoice.operations.map { operation in
            KernelChoice.candidates(for: operation).filter { if case .tiled = $0 { true } else { false } }
        }
        return (0..<(tiles.map(\.count).max() ?? 0)).map { index in
            let chosen = zip(KernelChoice.operations, tiles).filter { index < $0.1.count }
            return Dictionary(uniqueKeysWithValues: chosen.map { ($0.0, $0.1[index]) })
        }
    }()

    /// The operation of `sample` whose kernel is chosen; in a block, what one kernel serves together.
    private static func choice(in sample: OperationSample) -> String? {
        if KernelChoice.operations.contains(sample.operation) { return sample.operation }
        guard sample.operation == "block", let graph = try? sample.graph() else { return nil }
        let target = Target(kind: .cpu, computeUnits: 2, lanes: 16, maximumWorkGroup: 4096, localMemoryBytes: 1 << 20)
        let together = target.sites(of: graph).map(\.operation).filter { operation in
            !graph.nodes.contains { $0.op.name == operation }
        }
        return together.first
    }

    @Test("there are samples for each choice")
    func everyChoiceIsTested() {
        #expect(Set(OperationSample.all.compactMap(Self.choice(in:))) == Set(KernelChoice.operations))
    }

    /// Backends that all tests of the suite share, with canaries behind every value.
    private enum Backends {
        static let usual = open()
        /// Planned as for a GPU of 132 multiprocessors.
        static let large = open(computeUnits: 132)

        /// With three work-groups of a launch along its second and its third dimension, and all kernels of a family.
        static let inSlabs = Dictionary(
            uniqueKeysWithValues: KernelFamily.allCases.map { ($0, open(computeUnits: 132, mostGroups: 3, $0)) })

        private static func open(
            computeUnits: Int? = nil, mostGroups: Int? = nil, _ family: KernelFamily? = nil
        ) -> Result<OpenCLBackend, OpenCLBackendError> {
            Result { () throws(OpenCLBackendError) in
                var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
                (options.canaries, options.computeUnits, options.mostGroups) = (true, computeUnits, mostGroups)
                options.kernelFamily = family
                return try OpenCLBackend(OpenCLAvailability.choice, options)
            }
        }
    }
}

extension KernelChoice {
    /// Whether it is CLBlast's product of large matrices, which samples do not reach; see `LibraryTests`.
    fileprivate var isLibraryTile: Bool { if case .library(_?) = self { true } else { false } }
}
