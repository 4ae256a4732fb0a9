// `data verify` tells everything at once; `data preview` shows pairs.

import Datasets
import Diptych
import Imaging
import TensorCore
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
            "the split 'background' has 0 whole characters, not 964",
            "the split 'background' has 0 whole alphabets, not 30",
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

    @Test func aPreviewShowsThePairsSideBySide() {
        let view1 = Tensor([3, 2, 2, 1], [0, 1, 0, 0] + [Float](repeating: 0, count: 8))
        let view2 = Tensor([3, 2, 2, 1], [1, 1, 1, 0.5] + [Float](repeating: 1, count: 8))
        let sheet = PairBatch(view1: view1, view2: view2, labels: nil).preview(columns: 2, scale: 1)
        #expect(sheet.width == 12 && sheet.height == 8)
        let rows = (0..<4).map { row in (0..<6).map { sheet[$0, row] } }
        let line = [UInt8](repeating: 160, count: 6)
        #expect(rows == [line, [160, 255, 0, 0, 0, 160], [160, 255, 255, 0, 128, 160], line])
        #expect(sheet[7, 5] == 160)
        #expect(sheet[1, 5] == 255 && sheet[3, 5] == 0)
    }
}
