// Views that a backend makes by itself: the choices of the host, exactly, and its pixels within one grey level.

import Configuration
import Datasets
import Execution
import Foundation
import GraphIR
import Imaging
import OpenCLBackend
import ReferenceBackend
import TensorCore
import TensorFiles
import Testing
import Training

@Suite("Views made by a backend")
struct DeviceViewsTests {
    /// A recipe whose angles are any, and of whose crops many do not fit.
    private static let wild: AugmentationRecipe = {
        var recipe = AugmentationRecipe()
        (recipe.degrees, recipe.shift, recipe.area, recipe.aspect) = (180, 0.5, 0.1...1, 1 / 7...7)
        return recipe
    }()

    private static let glyphs = Glyphs(seed: 4).drawings(.background, size: .init(alphabets: 3, characters: 60))

    @Test("thousands of draws are those of the host", arguments: BackendUnderTest.all)
    func parameters(backend: BackendUnderTest) throws {
        var generator = CounterGenerator(seed: 5, stream: 0)
        for seed in [0, 1, 7 << 32, UInt64.max] {
            for (recipe, signal) in [(AugmentationRecipe.paper, PairSignal.sameCharacter), (Self.wild, .augmentation)] {
                let drawing = ViewDrawing(seed: seed, signal: signal, recipe: recipe, imagesPerItem: 5)
                let sizes = (0..<500).map { _ in (0..<2).map { _ in 1 + generator.nextInteger(below: 300) } }
                for step in [0, 1, 255, 256, Int(Int32.max)] {
                    try check(drawing, sizes: sizes, step: step, on: backend.open())
                }
            }
        }
    }

    /// Draws the views of all items, whose images have these widths and heights, and compares.
    private func check(_ drawing: ViewDrawing, sizes: [[Int]], step: Int, on backend: some Backend) throws {
        let items = Array((0..<sizes.count / drawing.imagesPerItem).reversed())
        let builder = GraphBuilder()
        let outputs = builder.drawViews(
            of: builder.input("items", [items.count], .int32), step: builder.input("step", .scalar, .int32),
            images: builder.input("images", [sizes.count, 3], .int32), drawing)
        builder.output("views", outputs.views)
        builder.output("angles", outputs.angles)
        let drawn = try backend.compile(try builder.finish()).run([
            "items": Tensor([items.count], items.map { Int32($0) }), "step": Tensor(.scalar, [Int32(step)]),
            "images": Tensor([sizes.count, 3], sizes.flatMap { [0] + $0 }.map { Int32($0) }),
        ])
        var (rows, angles): ([Int32], [Float]) = ([], [])
        for view in 0..<2 {
            for item in items {
                let image = item * drawing.imagesPerItem + drawing.image(ofItem: item, step: step, view: view)
                let expected = drawing.parameters(
                    ofItem: item, step: step, view: view, width: sizes[image][0], height: sizes[image][1])
                let crop = expected.crop
                rows += [image, expected.shiftX, expected.shiftY, crop.x, crop.y, crop.width, crop.height]
                    .map { Int32($0) }
                angles.append(expected.angle)
            }
        }
        #expect(drawn["views"]?.integers == rows, "seed \(drawing.seed), step \(step)")
        #expect(drawn["angles"]?.floats == angles, "seed \(drawing.seed), step \(step)")
    }

    @Test("views of drawings", arguments: BackendUnderTest.all, Augmentation.allCases)
    func drawings(backend: BackendUnderTest, augmentation: Augmentation) throws {
        for (signal, recipe, size) in [
            (PairSignal.sameCharacter, AugmentationRecipe.paper, 28), (.augmentation, .paper, 28),
            (.sameCharacter, Self.wild, 17),
        ] {
            var settings = ViewPairs.Settings(pairsPerBatch: 50)
            (settings.augmentation, settings.signal, settings.recipe) = (augmentation, signal, recipe)
            (settings.size, settings.seed) = (size, 3)
            try check(ViewPairs(of: Self.glyphs, settings), steps: [0, 1, 1000], on: backend.open())
        }
    }

    @Test("views of images of any size", arguments: BackendUnderTest.all, Augmentation.allCases)
    func images(backend: BackendUnderTest, augmentation: Augmentation) throws {
        let folder = TemporaryFolder()
        try DurableFolder.create(folder.path)
        var generator = CounterGenerator(seed: 6, stream: 0)
        let sizes = [(1, 1), (2, 3), (31, 64), (64, 31), (256, 17), (5, 200), (105, 105), (255, 256), (8, 8), (28, 29)]
        for (index, size) in sizes.enumerated() {
            let pixels = (0..<size.0 * size.1).map { _ in UInt8(truncatingIfNeeded: generator.nextWord()) }
            let png = try GrayImage(width: size.0, height: size.1, pixels: pixels).encodedPNG()
            try DurableFile.write(png, to: "\(folder.path)/\(index).png")
        }
        let images = try ImageFolder(folder.path)
        #expect(images.images.count == sizes.count)
        for (recipe, size) in [(AugmentationRecipe.paper, 28), (Self.wild, 12), (.paper, 64)] {
            var settings = ViewPairs.Settings(pairsPerBatch: sizes.count)
            (settings.augmentation, settings.recipe, settings.size) = (augmentation, recipe, size)
            try check(ViewPairs(of: images, settings), steps: Array(0..<5), on: backend.open())
        }
    }

    /// Holds the views of `steps` against the host's: at most one grey level apart, and 9,999 of 10,000 the same.
    private func check(_ pairs: ViewPairs, steps: [Int], on backend: some Backend) throws {
        let builder = GraphBuilder()
        builder.output("views", builder.views(of: pairs, pairs: pairs.pairsPerBatch))
        let program = try backend.compile(try builder.finish())
        try program.write(TrainingGraph.Name.pixels, pairs.pixels())
        try program.write(TrainingGraph.Name.imageTable, pairs.imageTable())
        var (equal, count) = (0, 0)
        for step in steps {
            let items = Tensor([pairs.pairsPerBatch], pairs.order(step: step).map { Int32($0) })
            let views = try program.run([
                TrainingGraph.Name.items: items, TrainingGraph.Name.step: Tensor(.scalar, [Int32(step)]),
            ])["views"]
            let batch = pairs.batch(step: step)
            let (made, expected) = (try #require(views).floats, batch.view1.floats + batch.view2.floats)
            try #require(made.count == expected.count)
            let largest = zip(made, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
            #expect(largest <= 1.001 / 255, "step \(step): \(largest * 255) grey levels")
            equal += zip(made, expected).count { $0 == $1 }
            count += made.count
        }
        #expect(Double(equal) >= 0.9999 * Double(count), "\(equal) of \(count) are the same")
    }

    @Test("a training on items follows the one on their views", arguments: BackendUnderTest.all, [true, false])
    func training(backend: BackendUnderTest, sharesEncoder: Bool) throws {
        let backend = try backend.open()
        let losses = try [true, false].map { isDrawn in try train(isDrawn: isDrawn, sharesEncoder, on: backend) }
        for (drawn, given) in zip(losses[0], losses[1]) { #expect(abs(drawn - given) <= 1e-5 * abs(given)) }
    }

    private func train(isDrawn: Bool, _ sharesEncoder: Bool, on backend: some Backend) throws -> [Float] {
        var settings = ViewPairs.Settings(pairsPerBatch: 6)
        settings.size = 16
        let pairs = try ViewPairs(of: Self.glyphs, settings)
        let model = Model(SmallTraining.model.encoder.sizes, for: SmallTraining.objective, sharesEncoder: sharesEncoder)
        let trainer = try Trainer(
            model, SmallTraining.objective, .adam(.init()), learningRate: 1e-3, pairs: 6, seed: 2,
            drawing: isDrawn ? pairs : nil, on: backend)
        let losses = try (0..<4).map { step in
            let batch = pairs.batch(step: step)
            return try trainer.train(isDrawn ? .items(pairs.order(step: step)) : .views(batch.view1, batch.view2)).total
        }
        #expect(try trainer.optimizerState().keys.allSatisfy { !$0.hasPrefix("images") }, "a checkpoint has no images")
        return losses
    }

    @Test("items that there are not are refused, and so are items where nothing is drawn")
    func wrongItems() throws {
        var settings = ViewPairs.Settings(pairsPerBatch: 2)
        settings.size = 16
        let pairs = try ViewPairs(of: Self.glyphs, settings)
        func failure(_ items: [Int], drawing drawn: ViewPairs?) throws -> String {
            let trainer = try Trainer(
                SmallTraining.model, SmallTraining.objective, .adam(.init()), learningRate: 1e-3, pairs: 2, seed: 2,
                drawing: drawn, on: ReferenceBackend())
            do throws(TrainingError) {
                return "no error: \(try trainer.train(.items(items)))"
            } catch {
                #expect(trainer.step == 0)
                return error.description
            }
        }
        let count = pairs.itemCount
        for wrong in [count, -1, Int.max] {
            #expect(
                try failure([0, wrong], drawing: pairs) == "input 'items' names item \(wrong) of \(count), from 0 on")
        }
        #expect(try failure([0], drawing: pairs) == "input 'items' is int32[1], expected int32[2]")
        #expect(try failure([0, 1], drawing: nil).hasPrefix("input '"))
    }

    @Test("where views are made unless it is said")
    func placement() throws {
        var configuration = TrainingConfiguration()
        (configuration.data.batch, configuration.encoder.channels, configuration.encoder.features) = (4, 4, 8)
        let pairs = try ViewPairs(of: Self.glyphs, .init(pairsPerBatch: 4))
        let images = pairs.pixelCount
        #expect(try configuration.drawnOnDevice(pairs, on: Accelerator()) != nil)
        #expect(try configuration.drawnOnDevice(pairs, on: Accelerator(memoryLimit: 3 * images)) != nil)
        #expect(try configuration.drawnOnDevice(pairs, on: Accelerator(memoryLimit: images)) == nil, "no place is left")
        #expect(try configuration.drawnOnDevice(pairs, on: ReferenceBackend()) == nil)
        configuration.data.placement = .device
        #expect(try configuration.drawnOnDevice(pairs, on: ReferenceBackend()) != nil)
        let made = GivenPairs()
        #expect(throws: TrainingError.self) { try configuration.drawnOnDevice(made, on: Accelerator()) }
        configuration.data.placement = .auto
        #expect(try configuration.drawnOnDevice(made, on: Accelerator()) == nil)
        configuration.data.placement = .host
        #expect(try configuration.drawnOnDevice(pairs, on: Accelerator()) == nil)
    }
}

/// Pairs of which the views are all that there is.
private struct GivenPairs: PairSource {
    let pairsPerBatch = 4
    let stepsPerEpoch = 1

    func batch(step: Int) -> PairBatch {
        let view = Tensor([4, 28, 28, 1], repeating: 0)
        return PairBatch(view1: view, view2: view, labels: nil)
    }
}

/// The reference, as if it were a device with memory of its own.
private struct Accelerator: Backend {
    var memoryLimit: Int?
    var name: String { "accelerator" }
    var isAccelerator: Bool { true }
    private var reference: ReferenceBackend { ReferenceBackend(memoryLimit: memoryLimit) }

    func compile(_ graph: Graph) throws(ExecutionError) -> ReferenceProgram { try reference.compile(graph) }

    func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int { try reference.plannedBytes(of: graph) }
}
