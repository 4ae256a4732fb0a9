// `data verify` tells everything at once.

import Datasets
import Diptych
import TestSupport
import Testing

@Suite final class OmniglotReportTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    @Test func everyFaultIsTold() throws {
        var files = try TinyOmniglot(.background, characters: TinyOmniglot.characters)
        files.files[0].bytes = [1, 2, 3]
        files.files[21].bytes = try TinyOmniglot.png(code: 1, side: 99)
        files.files.remove(at: 59)
        files.files.append(("images_background/readme.txt", []))
        try files.writeZip(.background, to: scratch.path)
        let report = Omniglot(folder: scratch.path).verify()
        let background = report.parts[0]
        #expect(!report.isWhole && !background.isKnown)
        #expect(background.characters == 0 && background.alphabets == 0 && background.drawings == 57)
        let faults = background.faults.map(\.description)
        let expected = [
            "readme.txt does not belong there", "0002_02.png is no drawing: it has 99 x 99 pixels",
            "0001_01.png is neither PNG nor JPEG", "images_background/Alpha/character01 is not complete",
            "images_background is not complete: it has 0 whole characters, not 964",
            "images_background is not complete: it has 0 whole alphabets, not 30",
        ]
        #expect(faults.count == expected.count)
        for (fault, words) in zip(faults, expected) { #expect(fault.contains(words)) }
        #expect(report.parts[1].faults.first == .missingSplit(folder: scratch.path, split: .evaluation))
    }

    @Test func goodCharactersAreCounted() throws {
        let files = try TinyOmniglot(.evaluation, characters: TinyOmniglot.characters)
        try files.writeZip(.evaluation, to: scratch.path)
        let evaluation = Omniglot(folder: scratch.path).verify().parts[1]
        #expect(evaluation.characters == 3 && evaluation.alphabets == 2 && evaluation.drawings == 60)
        #expect(evaluation.faults.count == 2)
    }
}
