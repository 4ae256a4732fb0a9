// Random numbers: those of Philox's authors, and the same whether one is drawn at a time or many.

import TensorCore
import Testing

@Suite struct CounterGeneratorTests {
    /// The values of Philox4x32-10 that its authors publish (`kat_vectors` of Random123).
    @Test func wordsAreThoseOfPhilox() {
        let most = UInt32.max
        let zeros = Philox.words(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
        #expect(zeros == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = Philox.words(counter: SIMD4(most, most, most, most), key: SIMD2(most, most))
        #expect(ones == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        let digits = Philox.words(
            counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0))
        #expect(digits == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test("many numbers at a time are those of single draws, wherever they begin and end", arguments: 0..<6)
    func manyAtATime(begin: Int) {
        for count in [0, 1, 2, 3, 4, 5, 7, 8, 13, 1022] {
            hold(begin, count, { $0.nextWords(count) }, { $0.nextWord() })
            hold(begin, count, { $0.nextUniforms(count) }, { $0.nextUniform() })
            hold(begin, count, { $0.nextUniforms(count, -0.3, 1.7) }, { $0.nextUniform(-0.3, 1.7) })
            hold(begin, count, { $0.nextIntegers(count, below: 13) }, { UInt32($0.nextInteger(below: 13)) })
        }
    }

    /// Holds `many` against `count` times `one` after `begin` words, and the word after them.
    private func hold<Number: Equatable>(
        _ begin: Int, _ count: Int, _ many: (inout CounterGenerator) -> [Number],
        _ one: (inout CounterGenerator) -> Number
    ) {
        var first = CounterGenerator(seed: 0x0123_4567_89AB_CDEF, stream: 0xFEDC_BA98_7654_3210)
        for _ in 0..<begin { _ = first.nextWord() }
        var second = first
        #expect(many(&first) == (0..<count).map { _ in one(&second) }, "\(count) after \(begin)")
        #expect(first.nextWord() == second.nextWord(), "behind \(count) after \(begin)")
    }
}
