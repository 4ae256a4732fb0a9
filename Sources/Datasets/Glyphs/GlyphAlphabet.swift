// An invented alphabet: the habits that its characters share, and the invention of one character.

import TensorCore

/// The style of one alphabet.
struct GlyphAlphabet: Sendable {
    /// How often each kind of stroke occurs, in the order of `GlyphStroke.Kind.allCases`.
    private let weights: [Float]
    /// Where strokes like to begin and end.
    private let anchors: [Point]
    /// The fewest and the most strokes of a character.
    private let strokes: ClosedRange<Int>
    /// How likely a stroke begins on one that is there already.
    private let joining: Float
    /// How far curves leave their chord, as a share of its length.
    private let bulge: Float

    /// Invents a style.
    init(_ generator: inout CounterGenerator) {
        weights = GlyphStroke.Kind.allCases.map { kind in
            let weight = generator.nextUniform(0.1, 1)
            return kind == .loop ? weight * 0.5 : weight * weight
        }
        let (columns, rows) = (2 + generator.nextInteger(below: 3), 3 + generator.nextInteger(below: 2))
        var anchors: [Point] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let place = Point(Float(column) / Float(columns - 1), Float(row) / Float(rows - 1))
                anchors.append(place + Point(generator.nextUniform(-0.06, 0.06), generator.nextUniform(-0.06, 0.06)))
            }
        }
        self.anchors = anchors
        let fewest = 2 + generator.nextInteger(below: 2)
        strokes = fewest...min(5, fewest + 1 + generator.nextInteger(below: 2))
        joining = generator.nextUniform(0.3, 0.8)
        bulge = generator.nextUniform(0.3, 0.7)
    }

    /// Invents a character: its strokes, moved and stretched to fill the unit square.
    func character(_ generator: inout CounterGenerator) -> [GlyphStroke] {
        let count = strokes.lowerBound + generator.nextInteger(below: strokes.count)
        var character: [GlyphStroke] = []
        for _ in 0..<count {
            character.append(stroke(after: character, &generator))
        }
        return Self.filled(character)
    }

    private func stroke(after others: [GlyphStroke], _ generator: inout CounterGenerator) -> GlyphStroke {
        let kind = kind(&generator)
        var start = anchors[generator.nextInteger(below: anchors.count)]
        if !others.isEmpty, generator.nextUniform() < joining {
            let path = others[generator.nextInteger(below: others.count)].polyline()
            start = path[generator.nextInteger(below: path.count)]
        }
        if kind == .loop { return loop(around: start, &generator) }
        let end = end(from: start, &generator)
        let chord = end - start
        let normal = Point(-chord.y, chord.x) * bulge * (generator.nextUniform() < 0.5 ? -1 : 1)
        let depth = generator.nextUniform(0.6, 1.4)
        return switch kind {
        case .line, .loop: GlyphStroke(kind: .line, points: [start, end])
        case .bend, .curve:
            GlyphStroke(
                kind: kind, points: [start, start + chord * generator.nextUniform(0.2, 0.8) + normal * depth, end])
        case .wave:
            GlyphStroke(
                kind: kind,
                points: [start, start + chord * 0.33 + normal * 1.6, start + chord * 0.67 - normal * 1.6 * depth, end])
        }
    }

    private func kind(_ generator: inout CounterGenerator) -> GlyphStroke.Kind {
        var left = generator.nextUniform() * weights.reduce(0, +)
        for (kind, weight) in zip(GlyphStroke.Kind.allCases, weights) {
            left -= weight
            if left < 0 { return kind }
        }
        return .line
    }

    /// An anchor at a distance of at least 0.35, or the last one tried.
    private func end(from start: Point, _ generator: inout CounterGenerator) -> Point {
        var end = start
        for _ in 0..<8 {
            end = anchors[generator.nextInteger(below: anchors.count)]
            let distance = end - start
            if (distance * distance).sum() > 0.35 * 0.35 { break }
        }
        return end
    }

    private func loop(around centre: Point, _ generator: inout CounterGenerator) -> GlyphStroke {
        let (width, height) = (generator.nextUniform(0.1, 0.35), generator.nextUniform(0.1, 0.35))
        return GlyphStroke(kind: .loop, points: [centre, centre + Point(width, 0), centre + Point(0, height)])
    }

    /// The strokes moved and stretched to fill the unit square, by at most a factor of two apart in the two directions.
    private static func filled(_ strokes: [GlyphStroke]) -> [GlyphStroke] {
        let path = strokes.flatMap { $0.polyline() }
        let low = path.reduce(path[0]) { pointwiseMin($0, $1) }
        let high = path.reduce(path[0]) { pointwiseMax($0, $1) }
        let extent = high - low
        let size = pointwiseMax(extent, Point(repeating: max(0.3, max(extent.x, extent.y) * 0.6)))
        let corner = (low + high - size) * 0.5
        return strokes.map { stroke in
            GlyphStroke(kind: stroke.kind, points: stroke.points.map { ($0 - corner) / size })
        }
    }
}
