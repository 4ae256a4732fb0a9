// The embedded data set: characters invented by the program, as many as Omniglot has.

import TensorCore

/// Characters invented as pen strokes, each drawn by 20 invented people.
///
/// Every alphabet has its own habits, every person their own hand; a drawing is a pure function of the seed and of its
/// place in the set. Only float32 sums, products, quotients and comparisons are used, so that the bits are the same on
/// every machine.
public struct Glyphs: Sendable {
    /// How much is invented for one split.
    public struct Size: Hashable, Sendable {
        /// The number of alphabets.
        public let alphabets: Int
        /// The number of characters in all alphabets together.
        public let characters: Int

        /// Makes a size; an alphabet has at least one character.
        public init(alphabets: Int, characters: Int) {
            precondition(alphabets > 0 && characters >= alphabets, "Glyphs: \(characters) characters in \(alphabets)")
            (self.alphabets, self.characters) = (alphabets, characters)
        }

        /// As many as Omniglot has: 964 characters in 30 alphabets, and 659 in 20.
        public static func omniglot(_ split: Split) -> Size {
            switch split {
            case .background: Size(alphabets: 30, characters: 964)
            case .evaluation: Size(alphabets: 20, characters: 659)
            }
        }
    }

    /// What names the whole set.
    public let seed: UInt64

    /// Makes the set of `seed`.
    public init(seed: UInt64 = 0) {
        self.seed = seed
    }

    /// Invents the characters of `split`, of Omniglot's size where no other is asked for.
    public func drawings(_ split: Split, size: Size? = nil) -> DrawingSet {
        let size = size ?? .omniglot(split)
        let alphabets = Parallel.map(size.alphabets, grain: 1) { alphabet in
            let (first, end) = (alphabet * size.characters, (alphabet + 1) * size.characters)
            return characters(first / size.alphabets..<end / size.alphabets, ofAlphabet: alphabet, split)
        }
        return DrawingSet(split: split, characters: alphabets.flatMap { $0 })
    }

    private func characters(_ range: Range<Int>, ofAlphabet alphabet: Int, _ split: Split) -> [DrawnCharacter] {
        // The splits count from different beginnings, so that they share no alphabet and no character.
        let offset = split == .background ? 0 : 1 << 16
        let place = offset + alphabet
        var generator = Purpose.alphabet.generator(seed: seed, place)
        let style = GlyphAlphabet(&generator)
        let hands = (0..<DrawnCharacter.drawerCount).map { drawer in
            var generator = Purpose.hand.generator(seed: seed, place, drawer)
            return GlyphHand(&generator)
        }
        return range.map { index in
            var generator = Purpose.character.generator(seed: seed, offset + index)
            let strokes = style.character(&generator)
            let drawings = hands.enumerated().map { drawer, hand in
                var generator = Purpose.drawing.generator(seed: seed, offset + index, drawer)
                return hand.drawing(of: strokes, &generator)
            }
            return DrawnCharacter(
                alphabet: "\(split)-" + Self.number(alphabet + 1),
                name: "character" + Self.number(index - range.lowerBound + 1), drawings: drawings)
        }
    }

    private static func number(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
