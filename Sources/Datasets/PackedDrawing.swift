// A drawing of one bit per pixel, kept in 1.4 kB.

public import Imaging
import TensorCore

/// A drawing of 105 x 105 pixels, each paper or ink.
public struct PackedDrawing: Hashable, Sendable {
    /// The width and height of a drawing in pixels.
    public static let side = 105
    /// How many words hold a drawing.
    static let wordCount = (side * side + 63) / 64

    /// The pixels in row-major order, 64 to a word, the lowest bit first; 1 is ink.
    private let words: [UInt64]

    /// Makes a drawing of packed pixels.
    init(words: [UInt64]) {
        precondition(words.count == Self.wordCount, "PackedDrawing: \(words.count) words")
        self.words = words
    }

    /// Packs an image of black ink on white paper; errors call it `place`.
    ///
    /// Throws `badDrawing` where the image is not 105 x 105, or a pixel is neither black nor white.
    public init(_ image: GrayImage, place: String) throws(DatasetError) {
        guard image.width == Self.side, image.height == Self.side else {
            let size = "\(image.width) x \(image.height)"
            throw .badDrawing(place: place, reason: "it has \(size) pixels, not \(Self.side) x \(Self.side)")
        }
        var words = [UInt64](repeating: 0, count: Self.wordCount)
        for (index, light) in image.pixels.enumerated() where light != 255 {
            guard light == 0 else {
                let (row, column) = (index / Self.side, index % Self.side)
                let pixel = "the pixel in row \(row), column \(column) is grey (\(light))"
                throw .badDrawing(place: place, reason: "\(pixel), neither black nor white")
            }
            words[index / 64] |= 1 << UInt64(index % 64)
        }
        self.init(words: words)
    }

    /// The drawing as an image: ink is black (0), paper white (255).
    public var image: GrayImage {
        let count = Self.side * Self.side
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { pixels, filled in
            for index in 0..<count {
                let ink = words[index >> 6] >> UInt64(index & 63) & 1
                pixels.initializeElement(at: index, to: ink == 1 ? 0 : 255)
            }
            filled = count
        }
        return GrayImage(width: Self.side, height: Self.side, pixels: pixels)
    }

    /// The number of ink pixels.
    package var inkCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Adds the pixels to `hash`.
    func hash(into hash: inout SHA256) {
        words.map(\.littleEndian).withUnsafeBytes { hash.update(buffer: $0) }
    }
}
