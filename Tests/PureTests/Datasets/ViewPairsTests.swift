// View pairs: a batch is a pure function of seed and step, and the signals are what they say.

import Datasets
import Diptych
import Imaging
import TensorCore
import Testing

@Suite struct ViewPairsTests {
    private static let drawings = Glyphs(seed: 1).drawings(.background, size: .init(alphabets: 2, characters: 11))

    private func settings(_ change: (inout ViewPairs.Settings) -> Void = { _ in }) -> ViewPairs.Settings {
        var settings = ViewPairs.Settings(pairsPerBatch: 4)
        change(&settings)
        return settings
    }

    /// Of each view, the drawings of `character` that it shows, when views are plain.
    private func drawers(_ views: Tensor, _ labels: [Int32]) -> [Set<Int>] {
        let plain = Self.drawings.evaluationViews()
        return labels.indices.map { row in
            let view = views.floats[row * 784..<(row + 1) * 784]
            return Set(
                (0..<20).filter {
                    plain.images.floats[(Int(labels[row]) * 20 + $0) * 784..<(Int(labels[row]) * 20 + $0 + 1) * 784]
                        == view
                })
        }
    }

    @Test func aBatchIsAFunctionOfSeedAndStep() throws {
        let pairs = try ViewPairs(of: Self.drawings, settings())
        let forward = (0..<5).map { pairs.batch(step: $0) }
        let again = try ViewPairs(of: Self.drawings, settings())
        for step in [4, 1, 3] { #expect(again.batch(step: step) == forward[step]) }
        #expect(Set(forward).count == 5)
        let other = try ViewPairs(of: Self.drawings, settings { $0.seed = 1 << 40 })
        #expect(other.batch(step: 0) != forward[0])
    }

    @Test func theSeedsUpperHalfCounts() throws {
        let batches = try [0, 1 << 32, 1 << 33].map { seed in
            try ViewPairs(of: Self.drawings, settings { $0.seed = seed }).batch(step: 0)
        }
        #expect(Set(batches).count == 3)
    }

    @Test func anEpochSeesEveryItemAtMostOnce() throws {
        let pairs = try ViewPairs(of: Self.drawings, settings())
        #expect(pairs.stepsPerEpoch == 2)
        let epochs = (0..<20).map { epoch in pairs.order(step: 2 * epoch) + pairs.order(step: 2 * epoch + 1) }
        for epoch in epochs {
            #expect(Set(epoch).count == 8)
            #expect(epoch.allSatisfy { (0..<11).contains($0) })
        }
        #expect(Set(epochs).count == 20)
        #expect(Set(epochs.flatMap { $0 }).count == 11)
        #expect(pairs.batch(step: 3).labels == pairs.order(step: 3).map { Int32($0) })
    }

    @Test func viewsAreInkFromZeroToOne() throws {
        for augmentation in Augmentation.allCases {
            let batch = try ViewPairs(of: Self.drawings, settings { $0.augmentation = augmentation }).batch(step: 0)
            #expect(batch.view1.shape == [4, 28, 28, 1])
            for view in [batch.view1, batch.view2] {
                #expect(view.floats.allSatisfy { (0...1).contains($0) })
                let ink = view.floats.reduce(0, +) / Float(view.shape.count)
                #expect(ink > 0.01 && ink < 0.5, "\(augmentation): \(ink)")
            }
        }
    }

    @Test func theSignalOfACharacterIsTwoOfItsDrawings() throws {
        let pairs = try ViewPairs(of: Self.drawings, settings { $0.augmentation = .none })
        var (same, seen) = (0, Set<Int>())
        for step in 0..<50 {
            let batch = pairs.batch(step: step)
            let labels = try #require(batch.labels)
            for (first, second) in zip(drawers(batch.view1, labels), drawers(batch.view2, labels)) {
                #expect(first.count == 1 && second.count == 1)
                if first == second { same += 1 }
                seen.formUnion(first)
            }
        }
        // 200 pairs, each twice the same drawing with chance 1/20: 10 on average, 1 to 24 within 4.6 deviations.
        #expect((1...24).contains(same))
        #expect(seen.count == 20)
    }

    @Test func theSignalOfAugmentationIsOneDrawing() throws {
        let plain = try ViewPairs(of: Self.drawings, settings { ($0.signal, $0.augmentation) = (.augmentation, .none) })
        for step in 0..<10 { #expect(plain.batch(step: step).view1 == plain.batch(step: step).view2) }
        let pairs = try ViewPairs(
            of: Self.drawings, settings { ($0.signal, $0.augmentation) = (.augmentation, .single) })
        #expect(pairs.batch(step: 0).view1 != pairs.batch(step: 0).view2)
    }

    @Test func tooLargeABatchIsRefused() {
        let error = DatasetError.tooFewItems(source: "the split 'background'", items: 11, batch: 12)
        #expect(throws: error) { try ViewPairs(of: Self.drawings, settings { $0.pairsPerBatch = 12 }) }
    }

    @Test func prefetchingChangesNothing() throws {
        let pairs = try ViewPairs(of: Self.drawings, settings())
        let prefetcher = Prefetcher(pairs)
        for step in [0, 1, 2, 7, 8, 3, 3] { #expect(prefetcher.batch(step: step) == pairs.batch(step: step)) }
    }

    @Test func evaluationShowsEveryDrawingOnce() {
        let views = Self.drawings.evaluationViews()
        #expect(views.images.shape == [220, 28, 28, 1])
        #expect(views.classes == 11)
        #expect(views.labels == (0..<220).map { Int32($0 / 20) })
        #expect(views.drawers == (0..<220).map { Int32($0 % 20) })
        #expect(views.rows(drawers: 0..<5).count == 55)
        let image = Self.drawings.characters[3].drawings[7].image.resized(width: 28, height: 28)
        let ink = image.pixels.map { Float(255 - $0) / 255 }
        #expect(Array(views.images.floats[67 * 784..<68 * 784]) == ink)
    }
}
