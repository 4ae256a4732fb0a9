// The invented characters: the same from the same seed, of Omniglot's size, and no two alike.

import Datasets
import Diptych
import Testing

@Suite struct GlyphsTests {
    private let size = Glyphs.Size(alphabets: 3, characters: 10)

    @Test func theSeedNamesTheSet() {
        let first = Glyphs(seed: 5).drawings(.background, size: size)
        #expect(first == Glyphs(seed: 5).drawings(.background, size: size))
        #expect(first.checksum != Glyphs(seed: 6).drawings(.background, size: size).checksum)
    }

    /// The bits are part of the interface: a number reported for `glyphs` means this set and no other.
    @Test func theSetIsTheOneThatNumbersWereReportedFor() {
        let checksum = Glyphs(seed: 0).drawings(.evaluation, size: size).checksum
        #expect(checksum.description == "34a2d488c7c30802d04d576df9d747979f66283a1c8344b9476c46307d2325ca")
    }

    @Test func theSizesAreOmniglots() {
        #expect(Glyphs.Size.omniglot(.background) == .init(alphabets: 30, characters: 964))
        #expect(Glyphs.Size.omniglot(.evaluation) == .init(alphabets: 20, characters: 659))
        let set = Glyphs().drawings(.background, size: size)
        #expect(set.characters.count == 10)
        #expect(set.alphabets.count == 3)
        #expect(set.characters.allSatisfy { $0.drawings.count == DrawnCharacter.drawerCount })
    }

    @Test func splitsAndDrawingsDiffer() {
        let sets = Split.allCases.map { Glyphs().drawings($0, size: size) }
        let drawings = sets.flatMap { $0.characters.flatMap(\.drawings) }
        #expect(Set(drawings).count == drawings.count)
        #expect(Set(sets[0].alphabets).isDisjoint(with: sets[1].alphabets))
    }

    @Test func everyDrawingHasInkInsideThePaper() {
        for character in Glyphs().drawings(.evaluation, size: size).characters {
            for drawing in character.drawings {
                #expect((60...4000).contains(drawing.inkCount), "\(character.alphabet)/\(character.name)")
            }
        }
    }
}
