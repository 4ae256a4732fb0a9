// Rotation, shift, crop and reduction in one antialiased resampling.

import TensorCore

/// One resampling from the source to a view of `size` x `size` pixels.
///
/// Each source pixel is carried into the plane of the view, whose unit is the half width of the filter: one output
/// pixel, or one source pixel where the view is larger than its crop. There, at the distance (u, v) from an output
/// pixel, it has the weight t(u) t(v) with the triangle t(x) = max(0, 1 - |x|). The output is the weighted mean of ink;
/// beyond the source lies paper, without ink. The coefficients are rounded to fixed point once (2^24 is 1), and all that
/// follows is whole-number arithmetic, the same bits on every machine.
struct SingleResampling {
    private let image: GrayImage
    private let size: Int
    /// The plane's coordinates of the centre of source pixel (x, y): `origin + x * alongX + y * alongY`.
    private let u: Coordinate
    private let v: Coordinate
    /// The source's coordinates of the centre of output pixel (x, y).
    private let sourceX: Coordinate
    private let sourceY: Coordinate
    /// The distance of neighbouring output pixels in the plane.
    private let step: (u: Int, v: Int)
    /// Half the size of the box around the filter in the source.
    private let reach: (x: Int, y: Int)

    private static let precision = 24
    private static let one = 1 << precision

    /// A coordinate that is an affine function of two others.
    private struct Coordinate {
        let origin, alongX, alongY: Int

        init(_ origin: Double, _ alongX: Double, _ alongY: Double) {
            (self.origin, self.alongX, self.alongY) = (fixed(origin), fixed(alongX), fixed(alongY))
        }

        func at(_ x: Int, _ y: Int) -> Int { origin &+ x &* alongX &+ y &* alongY }
    }

    init(of image: GrayImage, _ parameters: ViewParameters, size: Int) {
        self.image = image
        self.size = size
        let (sine, cosine) = (Double(parameters.rotation.sine), Double(parameters.rotation.cosine))
        let crop = parameters.crop
        let scale = (x: Double(crop.width) / Double(size), y: Double(crop.height) / Double(size))
        let half = (x: max(scale.x, 1), y: max(scale.y, 1))
        let center = (x: Double(image.width) / 2, y: Double(image.height) / 2)
        // Where the corner of the crop lies, seen from the shifted centre about which the image was turned.
        let corner = (
            x: Double(crop.x) - center.x - Double(parameters.shiftX),
            y: Double(crop.y) - center.y - Double(parameters.shiftY)
        )
        let first = (x: 0.5 - center.x, y: 0.5 - center.y)
        u = Coordinate(
            (cosine * first.x - sine * first.y - corner.x) / half.x, cosine / half.x, -sine / half.x)
        v = Coordinate((sine * first.x + cosine * first.y - corner.y) / half.y, sine / half.y, cosine / half.y)
        let output = (x: corner.x + scale.x / 2, y: corner.y + scale.y / 2)
        sourceX = Coordinate(
            cosine * output.x + sine * output.y + center.x, cosine * scale.x, sine * scale.y)
        sourceY = Coordinate(
            -sine * output.x + cosine * output.y + center.y, -sine * scale.x, cosine * scale.y)
        step = (fixed(scale.x / half.x), fixed(scale.y / half.y))
        reach = (
            fixed(abs(cosine) * half.x + abs(sine) * half.y), fixed(abs(sine) * half.x + abs(cosine) * half.y)
        )
    }

    /// Writes the ink of the view, row by row.
    func write(into output: UnsafeMutablePointer<UInt8>) {
        image.pixels.withUnsafeBufferPointer { light in
            for row in 0..<size {
                for column in 0..<size { output[row * size + column] = ink(column, row, light.baseAddress!) }
            }
        }
    }

    private func ink(_ column: Int, _ row: Int, _ light: UnsafePointer<UInt8>) -> UInt8 {
        let (x, y) = (sourceX.at(column, row), sourceY.at(column, row))
        let (firstX, lastX) = ((x - reach.x) >> Self.precision, (x + reach.x) >> Self.precision)
        let (firstY, lastY) = ((y - reach.y) >> Self.precision, (y + reach.y) >> Self.precision)
        let center = (u: step.u &* column &+ step.u / 2, v: step.v &* row &+ step.v / 2)
        var (weights, weighted) = (0, 0)
        for y in firstY...lastY {
            var distanceU = u.at(firstX, y) &- center.u
            var distanceV = v.at(firstX, y) &- center.v
            let inRows = y >= 0 && y < image.height
            for x in firstX...lastX {
                let (alongU, alongV) = (Self.one &- abs(distanceU), Self.one &- abs(distanceV))
                if alongU > 0, alongV > 0 {
                    let weight = (alongU >> 12) &* (alongV >> 12)
                    weights &+= weight
                    if inRows, x >= 0, x < image.width {
                        weighted &+= weight &* Int(255 &- light[y &* image.width &+ x])
                    }
                }
                distanceU &+= u.alongX
                distanceV &+= v.alongX
            }
        }
        return UInt8((2 &* weighted &+ weights) / (2 &* weights))
    }
}

/// `value` in fixed point with 24 bits behind the point.
private func fixed(_ value: Double) -> Int {
    Int((value * 0x1p24).rounded(.toNearestOrEven))
}
