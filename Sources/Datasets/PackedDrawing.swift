// A drawing of one bit per pixel, kept in 1.4 kB.

/// A drawing of 105 x 105 pixels, each paper or ink.
public struct PackedDrawing: Hashable, Sendable {
    /// The width and height of a drawing in pixels.
    public static let side = 105

    /// The pixels in row-major order, 64 to a word, the lowest bit first; 1 is ink.
    private let words: [UInt64]

    /// Makes a drawing whose pixel at each row-major index is ink where `isInk` says so.
    package init(_ isInk: (Int) -> Bool) {
        let count = Self.side * Self.side
        words = stride(from: 0, to: count, by: 64).map { start in
            (start..<min(start + 64, count)).reduce(into: UInt64(0)) { word, index in
                if isInk(index) { word |= 1 << UInt64(index - start) }
            }
        }
    }

    /// Whether the pixel at `row` and `column` is ink.
    public func isInk(row: Int, column: Int) -> Bool {
        let index = row * Self.side + column
        return words[index / 64] >> UInt64(index % 64) & 1 == 1
    }

    /// The number of ink pixels.
    public var inkCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The words' bytes, for checksums.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try words.withUnsafeBytes(body)
    }
}
