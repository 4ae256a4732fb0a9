// The parameters of views: their distributions, and the same bits on every machine.

import Diptych
import TensorCore
import Testing

@Suite struct ViewParametersTests {
    private func draw(_ count: Int, width: Int = 105, height: Int = 105) -> [ViewParameters] {
        (0..<count).map { index in
            var generator = CounterGenerator(seed: 7, stream: UInt64(index))
            return AugmentationRecipe.paper.draw(width: width, height: height, using: &generator)
        }
    }

    @Test func everyViewLiesInTheRangesOfThePaper() {
        for view in draw(5000) {
            #expect(abs(view.angle) <= 10 && abs(view.shiftX) <= 10 && abs(view.shiftY) <= 10)
            #expect(view.crop.x >= 0 && view.crop.x + view.crop.width <= 105)
            #expect(view.crop.y >= 0 && view.crop.y + view.crop.height <= 105)
            let area = Double(view.crop.width * view.crop.height) / 11025
            #expect(area > 0.84 && area <= 1)
            let aspect = Double(view.crop.width) / Double(view.crop.height)
            #expect(aspect > 0.79 && aspect < 1.26)
        }
    }

    @Test func theRangesAreFilled() {
        let views = draw(5000)
        let count = Double(views.count)
        #expect(abs(views.reduce(0.0) { $0 + Double($1.angle) } / count) < 0.35)
        #expect(abs(views.reduce(0.0) { $0 + Double($1.angle * $1.angle) } / count - 100 / 3) < 1.7)
        #expect(abs(views.reduce(0.0) { $0 + Double($1.shiftX * $1.shiftX) } / count - 10.5 * 10.5 / 3) < 2.5)
        #expect(Set(views.map(\.shiftY)) == Set(-10...10))
        // Where the crop lies within the room that its size leaves, as a share.
        let places = views.filter { $0.crop.width < 100 }.map { Double($0.crop.x) / Double(105 - $0.crop.width) }
        #expect(abs(places.reduce(0, +) / Double(places.count) - 0.5) < 0.03)
        #expect(views.contains { $0.crop.width > $0.crop.height } && views.contains { $0.crop.width < $0.crop.height })
    }

    @Test func aSeedGivesTheseVeryViews() {
        let first = PixelRectangle(x: 1, y: 4, width: 96, height: 100)
        let second = PixelRectangle(x: 5, y: 0, width: 95, height: 105)
        #expect(
            draw(2) == [
                ViewParameters(angle: 9.091942, shiftX: 5, shiftY: -8, crop: first),
                ViewParameters(angle: -0.09920502, shiftX: -7, shiftY: -4, crop: second),
            ])
    }

    @Test func imagesTooLongForTheAspectAreCroppedInTheMiddle() {
        #expect(draw(1, width: 1000, height: 10)[0].crop == PixelRectangle(x: 494, y: 0, width: 12, height: 10))
        #expect(draw(1, width: 10, height: 1000)[0].crop == PixelRectangle(x: 0, y: 494, width: 10, height: 12))
        #expect(draw(1, width: 1, height: 1)[0].crop == PixelRectangle(x: 0, y: 0, width: 1, height: 1))
    }

    @Test func sineAndCosineOfKnownAngles() {
        let root: Float = 0.70710678
        for (degrees, sine, cosine) in [
            (Float(0), Float(0), Float(1)), (10, 0.17364818, 0.98480775), (-10, -0.17364818, 0.98480775),
            (45, root, root), (90, 1, 0), (180, 0, -1), (-135, -root, -root),
        ] {
            let rotation = ViewParameters(
                angle: degrees, shiftX: 0, shiftY: 0, crop: PixelRectangle(x: 0, y: 0, width: 1, height: 1)
            ).rotation
            let bound: Float = abs(degrees) < 22.5 ? 1e-7 : 2e-6
            #expect(abs(rotation.sine - sine) <= bound && abs(rotation.cosine - cosine) <= bound)
        }
    }
}
