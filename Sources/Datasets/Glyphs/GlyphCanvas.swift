// The paper under an invented character: a pixel is ink where its centre lies under the round pen.

/// A canvas of one-bit pixels.
struct GlyphCanvas {
    private let reach: Float
    private var words = [UInt64](repeating: 0, count: PackedDrawing.wordCount)

    /// Makes an empty canvas for a round pen of radius `pen` pixels.
    init(pen: Float) {
        reach = pen
    }

    /// What was drawn so far.
    var drawing: PackedDrawing { PackedDrawing(words: words) }

    /// Draws straight lines along `path`.
    mutating func draw(_ path: [Point]) {
        for (start, end) in zip(path, path.dropFirst()) {
            draw(from: start, to: end)
        }
    }

    /// Inks every pixel whose centre lies within the pen's radius of the line: the coverage of an antialiased line,
    /// cut at one half.
    private mutating func draw(from start: Point, to end: Point) {
        let low = pointwiseMin(start, end) - Point(repeating: reach + 0.5)
        let high = pointwiseMax(start, end) + Point(repeating: reach + 0.5)
        let chord = end - start
        let lengthSquare = max((chord * chord).sum(), 1e-12)
        for row in Self.pixels(low.y, high.y) {
            for column in Self.pixels(low.x, high.x) {
                let offset = Point(Float(column) + 0.5, Float(row) + 0.5) - start
                let along = min(max((offset * chord).sum() / lengthSquare, 0), 1)
                let apart = offset - chord * along
                if (apart * apart).sum() <= reach * reach {
                    let index = row * PackedDrawing.side + column
                    words[index >> 6] |= 1 << UInt64(index & 63)
                }
            }
        }
    }

    private static func pixels(_ low: Float, _ high: Float) -> Range<Int> {
        let first = Int(min(max(low, 0), Float(PackedDrawing.side)))
        return first..<max(first, min(Int(max(high, 0)) + 1, PackedDrawing.side))
    }
}
