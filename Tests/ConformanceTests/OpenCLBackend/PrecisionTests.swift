// Products in tf32 and bf16: on emulated tensor cores, all that a device without them can tell but for the instruction.

import Datasets
import Execution
import GraphIR
import Layers
import Objectives
import OpenCLBackend
import OperationSamples
import Optimization
import ReferenceBackend
import TensorCore
import Testing
import Training

@Suite("Precision of products", .requiresOpenCL)
struct PrecisionTests {
    private static let reduced = [Precision.tf32, .bf16]
    private static let products = OperationSample.all.filter {
        Op.products.contains($0.operation) && $0.extent < .benchmark
    }
    /// Of each product, the first sample of some work.
    private static let examples = Op.products.sorted().compactMap { name in
        products.first { $0.operation == name && $0.extent == .medium }
    }

    @Test(
        "every product agrees within what its precision leaves", arguments: reduced,
        products.filter { $0.extent == .small })
    func agrees(precision: Precision, sample: OperationSample) throws {
        let row = CrossCheck.check(sample, on: try TensorCores.device(precision), against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    @Test("each tile agrees, and rounds", arguments: reduced, examples)
    func tiles(precision: Precision, sample: OperationSample) throws {
        let device = try TensorCores.device(precision)
        let expected = try sample.results(on: ReferenceBackend())
        let choices = device.target.candidates(for: sample.operation)
        #expect(!choices.isEmpty)
        for choice in choices {
            let computed = try sample.results(on: device.forcing([sample.operation: choice]))
            let row = CrossCheck.compare(computed, expected, of: sample, at: precision)
            #expect(row.agrees, "\(choice): \(row)")
            // A factor errs by a quarter of the largest error on average, or more.
            #expect(row.relativeError > Double(precision.roundoff) / 8, "\(choice) rounds nothing: \(row)")
        }
    }

    @Test("a training step agrees within what the precision leaves", arguments: reduced)
    func step(precision: Precision) throws {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.features) = (16, 64)
        let check = try StepCheck(
            sizes, SmallTraining.objective, pairs: 4, seed: 0, on: TensorCores.device(precision),
            against: ReferenceBackend())
        #expect(check.differences.isEmpty, "\(check.differences), \(check.firstDifference.map { "\($0)" } ?? "")")
    }

    /// The pairs stay the same: with new ones in each step the losses of so small an encoder hardly fall, and drift apart
    /// with the order of sums of each processor.
    @Test("a training in tf32 or bf16 learns as one in float32 does")
    func training() throws {
        let exact = try losses(.float32)
        let first = exact[0]
        #expect(exact[19] < first / 20, "the training learns little: \(exact)")
        for precision in Self.reduced {
            let rounded = try losses(precision)
            #expect(rounded != exact, "nothing was rounded")
            let furthest = zip(rounded, exact).map { abs($0 - $1) }.max() ?? .infinity
            #expect(furthest < first / 25, "\(precision): \(rounded), in float32 \(exact)")
            #expect(rounded[19] < first / 20, "\(precision): \(rounded)")
        }
    }

    /// The losses of twenty steps of a small encoder with the same pairs.
    private func losses(_ precision: Precision) throws -> [Double] {
        let drawings = Glyphs(seed: 1).drawings(.background, size: .init(alphabets: 2, characters: 32))
        var settings = ViewPairs.Settings(pairsPerBatch: 16)
        settings.size = 16
        let batch = try ViewPairs(of: drawings, settings).batch(step: 0)
        var sizes = Encoder.Sizes()
        (sizes.inputSize, sizes.channels, sizes.features) = (16, 8, 32)
        let objective = WeightedObjective([(1, .contrastive(.init(.ntXent)))])
        let trainer = try Trainer(
            Model(sizes, for: objective), objective, .adam(.init()), learningRate: 3e-3, pairs: 16, seed: 0,
            on: TensorCores.device(precision))
        return try (0..<20).map { _ in
            Double(try trainer.train(view1: batch.view1, view2: batch.view2).total)
        }
    }

    @Test("a device without tensor cores says so", .enabled("this device has them") { !TensorCores.areReal })
    func missing() throws {
        var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        options.precision = .tf32
        let error = #expect(throws: OpenCLBackendError.self) { try OpenCLBackend(OpenCLAvailability.choice, options) }
        let text = error?.description ?? ""
        #expect(text.contains("does not multiply in tf32") && text.contains("this compiler takes no PTX"), "\(text)")
        #expect(!text.contains("\n") && text.hasSuffix("float32 works everywhere"))
    }

    @Test("tensor cores that compute something else are refused", arguments: reduced)
    func wrong(precision: Precision) throws {
        let folder = TemporaryFolder()
        let wrong = KernelChange(file: "tiled/tensor.h", right: "+ row / 8 +", instead: "+ (row + 8) / 8 % 2 +")
        try withExtendedLifetime(folder) {
            let kernels = try folder.copyKernels(.emulatingTensorCores, wrong)
            let error = #expect(throws: OpenCLBackendError.self) { try TensorCores.open(precision, kernels) }
            #expect(error?.description.contains("a small product has ") == true, "\(error?.description ?? "")")
        }
    }

    @Test("the record of a program tells the precision of its products, and of nothing else")
    func record() throws {
        let builder = GraphBuilder()
        let x = builder.input("x", [6, 8])
        builder.output("y", x.matrixProduct(x, transposeRight: true).sum(over: [0]))
        let graph = try builder.finish()
        let (exact, rounded) = (try TensorCores.device(.float32), try TensorCores.device(.bf16))
        let key = try #require(exact.compile(graph).kernelShapes.keys.first { $0.hasPrefix("matrixProduct ") })
        let shapes = try rounded.compile(graph).kernelShapes
        #expect(shapes[key] == nil && shapes[key + ", bf16"]?.hasPrefix("tiled ") == true, "\(shapes)")
        #expect(shapes.keys.filter { $0.contains("bf16") }.count == 1)
        #expect(exact.precision == .float32 && rounded.precision == .bf16)
    }
}

/// Devices whose tensor cores are emulated.
private enum TensorCores {
    private static let folder = TemporaryFolder()
    private static let kernels = Result { try folder.copyKernels(.emulatingTensorCores) }

    private static let devices: [Precision: Result<OpenCLBackend, any Error>] = Dictionary(
        uniqueKeysWithValues: Precision.allCases.map { precision in
            (precision, Result { try open(precision, kernels.get()) })
        })

    /// The device with products in `precision`, opened once for all tests.
    static func device(_ precision: Precision) throws -> OpenCLBackend {
        try #require(devices[precision]).get()
    }

    /// The device with products in `precision`, and the kernels of `folder`.
    static func open(_ precision: Precision, _ folder: String) throws -> OpenCLBackend {
        var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        (options.precision, options.canaries, options.kernelFolder) = (precision, true, folder)
        return try OpenCLBackend(OpenCLAvailability.choice, options)
    }

    /// Whether the device has some of its own.
    static var areReal: Bool {
        var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        options.precision = .tf32
        return (try? OpenCLBackend(OpenCLAvailability.choice, options)) != nil
    }
}
