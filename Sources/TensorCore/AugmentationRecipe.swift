// From which distributions the parameters of a view are drawn.

/// The ranges of random views: those of the paper's Omniglot experiment unless told otherwise.
///
/// The distributions are those of torchvision's `RandomAffine` and `RandomResizedCrop` of 2020, in their order; the
/// numbers are drawn and computed in float32 so that a seed gives the same views on every machine.
public struct AugmentationRecipe: Hashable, Sendable {
    /// Angles are uniform between plus and minus this, in degrees.
    public var degrees: Float = 10
    /// Shifts are uniform between plus and minus this share of width and height, rounded to whole pixels.
    public var shift: Float = 0.1
    /// The share of the area that is cropped is uniform in this range.
    public var area: ClosedRange<Float> = 0.85...1
    /// The logarithm of the crop's width over its height is uniform between the logarithms of these (1/7 to 7).
    public var aspect: ClosedRange<Float> = 0.8...1.25

    /// Makes the recipe of the paper's Omniglot experiment.
    public init() {}

    /// The recipe of the paper's Omniglot experiment.
    public static let paper = AugmentationRecipe()

    /// Draws a view of an image of `width` x `height` pixels.
    public func draw(width: Int, height: Int, using generator: inout CounterGenerator) -> ViewParameters {
        let angle = generator.nextUniform(-degrees, degrees)
        let shiftX = drawShift(along: width, using: &generator)
        let shiftY = drawShift(along: height, using: &generator)
        let crop = drawCrop(width: width, height: height, using: &generator)
        return ViewParameters(angle: angle, shiftX: shiftX, shiftY: shiftY, crop: crop)
    }

    /// The logarithms of the range of aspects.
    package var aspectLogarithms: (narrowest: Float, widest: Float) {
        (PortableMath.log(aspect.lowerBound), PortableMath.log(aspect.upperBound))
    }

    private func drawShift(along extent: Int, using generator: inout CounterGenerator) -> Int {
        let most = shift * Float(extent)
        return Int(generator.nextUniform(-most, most).rounded(.toNearestOrEven))
    }

    /// A whole number from 0 to `last`, each with the same chance. A uniform number lies at least 2^-24 below 1, so that
    /// its product with `last + 1` never rounds up to it.
    private func drawPlace(upTo last: Int, using generator: inout CounterGenerator) -> Int {
        Int(generator.nextUniform() * Float(last + 1))
    }

    private func drawCrop(width: Int, height: Int, using generator: inout CounterGenerator) -> PixelRectangle {
        let whole = Float(width) * Float(height)
        let (narrowest, widest) = aspectLogarithms
        for _ in 0..<10 {
            let target = whole * generator.nextUniform(area.lowerBound, area.upperBound)
            let ratio = PortableMath.exp(generator.nextUniform(narrowest, widest))
            let cropWidth = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
            let cropHeight = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
            guard 0 < cropWidth, cropWidth <= width, 0 < cropHeight, cropHeight <= height else { continue }
            let y = drawPlace(upTo: height - cropHeight, using: &generator)
            let x = drawPlace(upTo: width - cropWidth, using: &generator)
            return PixelRectangle(x: x, y: y, width: cropWidth, height: cropHeight)
        }
        return centralCrop(width: width, height: height)
    }

    /// The largest rectangle in the middle whose aspect is in range.
    private func centralCrop(width: Int, height: Int) -> PixelRectangle {
        let ratio = Float(width) / Float(height)
        var (cropWidth, cropHeight) = (width, height)
        if ratio < aspect.lowerBound {
            cropHeight = Int((Float(width) / aspect.lowerBound).rounded(.toNearestOrEven))
        } else if ratio > aspect.upperBound {
            cropWidth = Int((Float(height) * aspect.upperBound).rounded(.toNearestOrEven))
        }
        return PixelRectangle(
            x: (width - cropWidth) / 2, y: (height - cropHeight) / 2, width: cropWidth, height: cropHeight)
    }
}
