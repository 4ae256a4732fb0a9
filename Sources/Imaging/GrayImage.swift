// A grey image as decoded: light, not ink.

/// A grey image of 8 bits per pixel, row by row from the top, as files have it: **0 is black, 255 white**.
///
/// A drawing on white paper has ink near 0. The engine's convention (ink = 1) begins with a view of the image
/// (`makeView`), where ink = 255 - light.
public struct GrayImage: Hashable, Sendable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `height` rows of `width` pixels.
    public let pixels: [UInt8]

    /// Makes an image of `pixels`, whose count must be `width * height`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(
            width > 0 && height > 0 && pixels.count == width * height,
            "GrayImage: \(pixels.count) pixels for \(width) x \(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The pixel in column `x` and row `y`.
    public subscript(x: Int, y: Int) -> UInt8 { pixels[y * width + x] }

    /// The weights of red, green and blue in light, of ITU-R 601-2 in 16-bit fixed point, as Pillow's mode `L` has them.
    static func luma(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
        let sum: UInt32 = UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471
        return UInt8((sum + 0x8000) >> 16)
    }

    /// Makes an image of `width * height` triples of red, green and blue.
    init(width: Int, height: Int, rgb: [UInt8]) {
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height) { pixels, count in
            count = width * height
            for index in 0..<count {
                let light = Self.luma(red: rgb[3 * index], green: rgb[3 * index + 1], blue: rgb[3 * index + 2])
                pixels.initializeElement(at: index, to: light)
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }
}
