// Turning and shifting by nearest neighbours, with the bits of torchvision on Pillow.

public import TensorCore

/// An affine map from the pixels of an output to those of its source, in fixed point (65536 is one pixel).
///
/// Output pixel (x, y) shows the source pixel that contains (a0 x + a1 y + a2, a3 x + a4 y + a5), the half pixels of the
/// centres included in a2 and a5; whole-number arithmetic, as in Pillow's Geometry.c.
public struct AffineMap: Hashable, Sendable {
    let a0, a1, a2, a3, a4, a5: Int

    /// Makes the map of Pillow's `Image.transform(size, Image.AFFINE, matrix)`.
    public init(matrix m: (Double, Double, Double, Double, Double, Double)) {
        func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
        (a0, a1, a2) = (fixed(m.0), fixed(m.1), fixed(m.2 + m.0 * 0.5 + m.1 * 0.5))
        (a3, a4, a5) = (fixed(m.3), fixed(m.4), fixed(m.5 + m.3 * 0.5 + m.4 * 0.5))
    }

    /// Makes the map of torchvision's `affine` (of 2020) for an image of `width` x `height` pixels: about the centre
    /// ((width + 1) / 2, (height + 1) / 2), half a pixel off the true one as there, then shifted.
    public init(_ parameters: ViewParameters, width: Int, height: Int) {
        let (sine, cosine) = (Double(parameters.rotation.sine), Double(parameters.rotation.cosine))
        let (centerX, centerY) = (Double(width) * 0.5 + 0.5, Double(height) * 0.5 + 0.5)
        let (x, y) = (-centerX - Double(parameters.shiftX), -centerY - Double(parameters.shiftY))
        self.init(
            matrix: (cosine, sine, cosine * x + sine * y + centerX, -sine, cosine, -sine * x + cosine * y + centerY))
    }
}

extension GrayImage {
    /// The image seen through `map`, in its own size; what lies outside is `fill`.
    package func transformed(by map: AffineMap, fill: UInt8) -> GrayImage {
        let all = PixelRectangle(x: 0, y: 0, width: width, height: height)
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height) { output, count in
            count = width * height
            transform(by: map, fill: fill, rectangle: all, into: output.baseAddress!)
        }
        return GrayImage(width: width, height: height, pixels: pixels)
    }

    /// Writes the part inside `rectangle` of the image seen through `map`, in dense rows.
    func transform(
        by map: AffineMap, fill: UInt8, rectangle: PixelRectangle, into output: UnsafeMutablePointer<UInt8>
    ) {
        pixels.withUnsafeBufferPointer { input in
            for row in 0..<rectangle.height {
                let y = rectangle.y + row
                var sourceX = map.a2 + map.a0 * rectangle.x + map.a1 * y
                var sourceY = map.a5 + map.a3 * rectangle.x + map.a4 * y
                let line = output + row * rectangle.width
                for column in 0..<rectangle.width {
                    let (x, y) = (sourceX >> 16, sourceY >> 16)
                    let inside = x >= 0 && x < width && y >= 0 && y < height
                    line[column] = inside ? input[y &* width &+ x] : fill
                    sourceX &+= map.a0
                    sourceY &+= map.a3
                }
            }
        }
    }
}
