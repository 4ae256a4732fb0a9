// The numbers that all others are seen against: full Omniglot and the whole of `glyphs` by their raw pixels.

import Datasets
import Diptych
import Testing

@Suite struct RawPixelsTests {
    private static let omniglot = SharedFolder.path("data/omniglot")

    /// The value of the paper's protocol with Pillow's antialiased bilinear filter: 20.03%; area averaging gives 18.9,
    /// four taps 15.0, nearest 13.6.
    @Test(.enabled(if: omniglot != nil && isOptimized, "needs ../shared/data/omniglot and an optimized build"))
    func omniglotHoldsTheFilter() throws {
        let set = try Omniglot(folder: #require(Self.omniglot)).drawings(.evaluation)
        let accuracy = RawPixels(set).accuracy()
        #expect(abs(accuracy - 0.2003) < 0.0005, "\(accuracy)")
    }

    @Test(.enabled(if: omniglot != nil, "needs ../shared/data/omniglot"))
    func omniglotIsWhole() throws {
        let omniglot = Omniglot(folder: try #require(Self.omniglot))
        for (split, characters, alphabets) in [(Split.background, 964, 30), (.evaluation, 659, 20)] {
            let set = try omniglot.drawings(split)
            #expect(set.characters.count == characters)
            #expect(set.alphabets.count == alphabets)
            #expect(set.checksum.description == split.knownChecksum)
        }
    }

    @Test(.enabled(if: isOptimized, "needs an optimized build"))
    func glyphsLeaveRoomToLearn() {
        let accuracy = RawPixels(Glyphs().drawings(.evaluation)).accuracy()
        #expect((0.22...0.28).contains(accuracy), "\(accuracy)")
    }
}
