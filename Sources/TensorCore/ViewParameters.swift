// The random parameters of one view of an image: how it is turned, shifted and cropped.

/// A rectangle of whole pixels; `x` and `y` are its first column and row.
public struct PixelRectangle: Hashable, Sendable {
    /// The first column.
    public var x: Int
    /// The first row.
    public var y: Int
    /// The number of columns.
    public var width: Int
    /// The number of rows.
    public var height: Int

    /// Makes the rectangle of `width` columns from `x` and `height` rows from `y`.
    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
}

/// One view of an image: the image is turned about its centre and shifted, and of the result a rectangle is cropped.
public struct ViewParameters: Hashable, Sendable {
    /// The angle in degrees, from -180 to 180; positive turns the drawing clockwise, as torchvision's `affine` does.
    public var angle: Float
    /// How far the drawing moves to the right, in whole pixels of the source.
    public var shiftX: Int
    /// How far the drawing moves down, in whole pixels of the source.
    public var shiftY: Int
    /// What is cropped of the turned and shifted image.
    public var crop: PixelRectangle

    /// Makes a view by its parameters.
    public init(angle: Float, shiftX: Int, shiftY: Int, crop: PixelRectangle) {
        (self.angle, self.shiftX, self.shiftY, self.crop) = (angle, shiftX, shiftY, crop)
    }

    /// The view that shows all of an image as it is.
    public static func whole(width: Int, height: Int) -> ViewParameters {
        let all = PixelRectangle(x: 0, y: 0, width: width, height: height)
        return ViewParameters(angle: 0, shiftX: 0, shiftY: 0, crop: all)
    }

    /// Sine and cosine of the angle, the same bits on every machine.
    public var rotation: (sine: Float, cosine: Float) { PortableMath.sineAndCosine(degrees: angle) }
}
