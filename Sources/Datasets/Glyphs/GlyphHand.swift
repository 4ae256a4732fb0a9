// A drawer's hand: how one person slants, stretches, turns and thickens what they draw.

import TensorCore

/// How much hands and drawings differ; the sizes are those at which 1-nearest-neighbour on raw pixels finds about a
/// quarter of the characters, as on Omniglot (20%).
enum GlyphVariation {
    /// Of a person, and of one drawing of theirs: half widths of bell-shaped distributions.
    static let (slant, slantOfDrawing) = (Float(0.50), Float(0.20))
    static let (turn, turnOfDrawing) = (Float(0.20), Float(0.12))
    static let (stretch, stretchOfDrawing) = (Float(0.35), Float(0.20))
    /// The side of the box of a character in pixels, and its shift.
    static let (size, sizeOfPerson, sizeOfDrawing) = (Float(56), Float(12), Float(8))
    static let shift: Float = 17
    /// The shift of one stroke and of one control point, as shares of the box.
    static let (strokeShift, pointShift) = (Float(0.10), Float(0.10))
    /// The pen's radius in pixels.
    static let (penThinnest, penThickest) = (Float(1.1), Float(1.9))
}

/// One person who draws an alphabet.
struct GlyphHand: Sendable {
    private let slant: Float
    private let turn: Float
    private let stretch: Float
    private let size: Float
    private let pen: Float

    /// Invents a person.
    init(_ generator: inout CounterGenerator) {
        slant = generator.nextBell(GlyphVariation.slant)
        turn = generator.nextBell(GlyphVariation.turn)
        stretch = generator.nextBell(GlyphVariation.stretch)
        size = GlyphVariation.size + generator.nextBell(GlyphVariation.sizeOfPerson)
        pen = generator.nextUniform(GlyphVariation.penThinnest, GlyphVariation.penThickest)
    }

    /// Draws `character` once.
    func drawing(of character: [GlyphStroke], _ generator: inout CounterGenerator) -> PackedDrawing {
        let affine = affine(&generator)
        var canvas = GlyphCanvas(pen: pen)
        for var stroke in character {
            let moved = generator.nextShift(GlyphVariation.strokeShift)
            let reach = GlyphVariation.pointShift * (stroke.kind == .loop ? 0.5 : 1)
            stroke.points = stroke.points.map { point in
                affine(point - Point(repeating: 0.5) + moved + generator.nextShift(reach))
            }
            canvas.draw(stroke.polyline())
        }
        return canvas.drawing
    }

    /// From the box around the origin to pixels: stretch, slant, turn, scale, shift.
    private func affine(_ generator: inout CounterGenerator) -> (Point) -> Point {
        let slant = slant + generator.nextBell(GlyphVariation.slantOfDrawing)
        // The tangent of half the angle gives sine and cosine without a library whose bits may differ.
        let half = (turn + generator.nextBell(GlyphVariation.turnOfDrawing)) / 2
        let (cosine, sine) = ((1 - half * half) / (1 + half * half), 2 * half / (1 + half * half))
        let stretch = stretch + generator.nextBell(GlyphVariation.stretchOfDrawing)
        let size = size + generator.nextBell(GlyphVariation.sizeOfDrawing)
        let (width, height) = (size * (1 - stretch / 2), size * (1 + stretch / 2))
        let centre = Point(repeating: Float(PackedDrawing.side) / 2) + generator.nextShift(GlyphVariation.shift)
        return { point in
            let (x, y) = ((point.x - slant * point.y) * width, point.y * height)
            return centre + Point(cosine * x - sine * y, sine * x + cosine * y)
        }
    }
}

extension CounterGenerator {
    /// A number of a bell-shaped distribution on [-`width`, `width`): the mean of three uniform ones.
    fileprivate mutating func nextBell(_ width: Float) -> Float {
        (nextUniform(-1, 1) + nextUniform(-1, 1) + nextUniform(-1, 1)) / 3 * width
    }

    /// A vector of two such numbers.
    fileprivate mutating func nextShift(_ width: Float) -> Point {
        let x = nextBell(width)
        return Point(x, nextBell(width))
    }
}
