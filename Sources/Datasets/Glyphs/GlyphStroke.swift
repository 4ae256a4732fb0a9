// One stroke of an invented character: a line, a bend, a curve, a wave or a loop, given by its control points.

typealias Point = SIMD2<Float>

/// A pen stroke in the unit square, x to the right and y down.
struct GlyphStroke: Hashable, Sendable {
    /// What the control points mean.
    enum Kind: CaseIterable, Sendable {
        /// A straight line between two points.
        case line
        /// Two straight lines that meet in the middle point.
        case bend
        /// A quadratic Bezier curve of three points.
        case curve
        /// A cubic Bezier curve of four points.
        case wave
        /// A closed ellipse: its centre and the ends of two half axes.
        case loop
    }

    let kind: Kind
    /// The control points; a deformation of these is a smooth deformation of the stroke.
    var points: [Point]

    /// The stroke as points along it, joined by straight lines.
    ///
    /// Only float32 sums, products and quotients: the same bits on every machine.
    func polyline() -> [Point] {
        switch kind {
        case .line, .bend: points
        case .curve: Self.times.map(quadratic)
        case .wave: Self.times.map(cubic)
        case .loop: (0..<4).flatMap { quarter in Self.times.dropLast().map { ellipse(quarter, $0) } } + [points[1]]
        }
    }

    private static let times: [Float] = (0...12).map { Float($0) / 12 }

    private func quadratic(_ t: Float) -> Point {
        let s = 1 - t
        return points[0] * (s * s) + points[1] * (2 * s * t) + points[2] * (t * t)
    }

    private func cubic(_ t: Float) -> Point {
        let s = 1 - t
        let (near, far) = (points[0] * (s * s * s) + points[1] * (3 * s * s * t), points[2] * (3 * s * t * t))
        return near + far + points[3] * (t * t * t)
    }

    /// The point at `t` of one quarter of the ellipse: with t = tan(angle / 2), which is 1 at the right angle, the
    /// cosine is (1 - t^2) / (1 + t^2) and the sine 2 t / (1 + t^2).
    private func ellipse(_ quarter: Int, _ t: Float) -> Point {
        let (cosine, sine) = ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
        let (first, second) = (points[1] - points[0], points[2] - points[0])
        return switch quarter {
        case 0: points[0] + first * cosine + second * sine
        case 1: points[0] - first * sine + second * cosine
        case 2: points[0] - first * cosine - second * sine
        default: points[0] + first * sine - second * cosine
        }
    }
}
