// Views of images: what each augmentation does to ink and paper.

import Diptych
import Imaging
import TensorCore
import Testing

@Suite struct ViewTests {
    private let paper = GrayImage(width: 105, height: 105, pixels: [UInt8](repeating: 255, count: 105 * 105))

    /// A black disc on white, off the middle.
    private var disc: GrayImage {
        let pixels = (0..<105 * 105).map { index -> UInt8 in
            let (x, y) = (index % 105 - 60, index / 105 - 45)
            return x * x + y * y < 400 ? 0 : 255
        }
        return GrayImage(width: 105, height: 105, pixels: pixels)
    }

    private func parameters(angle: Float, shift: (Int, Int) = (0, 0), crop: PixelRectangle? = nil) -> ViewParameters {
        ViewParameters(
            angle: angle, shiftX: shift.0, shiftY: shift.1,
            crop: crop ?? PixelRectangle(x: 0, y: 0, width: 105, height: 105))
    }

    /// Mean position of the ink, in output pixels, and its sum.
    private func center(_ view: [UInt8], size: Int) -> (x: Double, y: Double, ink: Double) {
        let ink = view.reduce(0.0) { $0 + Double($1) }
        let x = view.indices.reduce(0.0) { $0 + (Double($1 % size) + 0.5) * Double(view[$1]) }
        let y = view.indices.reduce(0.0) { $0 + (Double($1 / size) + 0.5) * Double(view[$1]) }
        return (x / ink, y / ink, ink)
    }

    @Test func thePlainViewIsPillowsResize() {
        let resized = disc.resized(width: 28, height: 28).pixels.map { 255 - $0 }
        #expect(makeView(of: disc, parameters(angle: 9), augmentation: .none, size: 28) == resized)
    }

    @Test func theBorderIsInkForTheAuthorsAndPaperForOneResampling() {
        let turned = parameters(angle: 10, shift: (10, 10))
        let authors = makeView(of: paper, turned, augmentation: .authors, size: 28)
        #expect(authors[0] == 255 && authors[14 * 28 + 14] == 0)
        #expect(makeView(of: paper, turned, augmentation: .single, size: 28).allSatisfy { $0 == 0 })
    }

    @Test func bothMoveTheDrawingAlike() {
        for (angle, shift) in [(Float(0), (0, 0)), (10, (5, -7)), (-10, (-10, 3))] {
            let crop = PixelRectangle(x: 4, y: 9, width: 97, height: 90)
            let parameters = parameters(angle: angle, shift: shift, crop: crop)
            // The authors' border is ink: on an image that is dark outside only the disc moves.
            let single = center(makeView(of: disc, parameters, augmentation: .single, size: 28), size: 28)
            let turned = disc.transformed(by: AffineMap(parameters, width: 105, height: 105), fill: 255)
            let resized = turned.cropped(to: crop).resized(width: 28, height: 28).pixels.map { 255 - $0 }
            let authors = center(resized, size: 28)
            #expect(abs(single.x - authors.x) < 0.15 && abs(single.y - authors.y) < 0.15)
            #expect(abs(single.ink / authors.ink - 1) < 0.02)
        }
    }

    @Test func withoutTurningOneResamplingIsCloseToTheResize() {
        let single = makeView(of: disc, parameters(angle: 0), augmentation: .single, size: 28)
        let plain = makeView(of: disc, parameters(angle: 0), augmentation: .none, size: 28)
        // The border differs: paper beyond the source here, nothing beyond it in a resize.
        #expect(zip(single, plain).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test func aTurnByARightAngleIsExact() {
        let view = makeView(of: disc, parameters(angle: 90), augmentation: .single, size: 105)
        for y in 0..<105 {
            for x in 0..<105 { #expect(abs(Int(view[y * 105 + x]) - Int(255 - disc[y, 104 - x])) <= 1) }
        }
    }

    @Test func imagesOfEverySize() {
        var generator = CounterGenerator(seed: 3, stream: 0)
        for (width, height) in [(1, 1), (1, 40), (50, 2), (28, 28), (27, 300), (400, 111)] {
            let pixels = (0..<width * height).map { _ in UInt8(generator.nextWord() >> 24) }
            let image = GrayImage(width: width, height: height, pixels: pixels)
            for augmentation in Augmentation.allCases {
                let parameters = AugmentationRecipe.paper.draw(width: width, height: height, using: &generator)
                #expect(makeView(of: image, parameters, augmentation: augmentation, size: 28).count == 784)
            }
        }
    }

    @Test func ofAConstantImageOneResamplingLeavesTheMiddle() {
        let image = GrayImage(width: 105, height: 105, pixels: [UInt8](repeating: 100, count: 105 * 105))
        let crop = PixelRectangle(x: 20, y: 20, width: 60, height: 60)
        let view = makeView(of: image, parameters(angle: 7, crop: crop), augmentation: .single, size: 28)
        #expect(view.allSatisfy { $0 == 155 })
    }
}
