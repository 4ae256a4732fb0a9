// Omniglot from zips and folders: the order, and each way in which a data set can be broken.

import Datasets
import Diptych
import Imaging
import TensorFiles
import TestSupport
import Testing

@Suite final class OmniglotTests {
    private let scratch: ScratchFolder
    private let tiny: TinyOmniglot

    init() throws {
        scratch = try ScratchFolder()
        tiny = try TinyOmniglot(.background, characters: TinyOmniglot.characters)
    }

    private var omniglot: Omniglot { Omniglot(folder: scratch.path) }

    private func expect(_ files: TinyOmniglot, fails: DatasetError) throws {
        try files.writeZip(.background, to: scratch.path)
        #expect(throws: fails) { try omniglot.drawings(.background) }
    }

    private func zipEntry(_ name: String) -> String { "\(scratch.path)/images_background.zip, entry \(name)" }

    @Test func drawingsComeInTheOrderOfTheirNames() throws {
        try tiny.writeZip(.background, to: scratch.path)
        let set = try omniglot.drawings(.background)
        #expect(
            set.characters.map { "\($0.alphabet)/\($0.name)" } == [
                "Alpha/character01", "Alpha/character02", "Zeta/character01",
            ])
        #expect(set.alphabets == ["Alpha", "Zeta"])
        for (character, first) in zip(set.characters, [40, 20, 0]) {
            #expect(character.drawings.map(TinyOmniglot.code) == Array(first + 1...first + 20))
        }
    }

    @Test func foldersHoldTheSameAsZips() throws {
        try tiny.writeFolders(to: scratch.path)
        try tiny.writeZip(.background, to: scratch.path + "/images_background")
        let folders = try ScratchFolder()
        try tiny.writeFolders(to: folders.path)
        let other = try ScratchFolder()
        try tiny.writeZip(.background, to: other.path)
        let unpacked = try Omniglot(folder: folders.path).drawings(.background)
        let packed = try Omniglot(folder: other.path).drawings(.background)
        #expect(unpacked == packed)
        #expect(unpacked.checksum == packed.checksum)
    }

    @Test func whatMacsAddIsPassedOver() throws {
        var files = tiny
        files.files.append(("__MACOSX/images_background/._Alpha", [1]))
        files.files.append(("images_background/.DS_Store", [2]))
        try files.writeZip(.background, to: scratch.path)
        #expect(try omniglot.drawings(.background).characters.count == 3)
    }

    @Test func theChecksumDependsOnEveryDrawing() throws {
        try tiny.writeZip(.background, to: scratch.path)
        let before = try omniglot.drawings(.background).checksum
        var files = tiny
        files.files[59].bytes = try TinyOmniglot.png(code: 4000)
        try files.writeZip(.background, to: scratch.path)
        #expect(try omniglot.drawings(.background).checksum != before)
    }

    @Test func aMissingSplitIsNamed() throws {
        try tiny.writeZip(.background, to: scratch.path)
        let missing = DatasetError.missingSplit(folder: scratch.path, split: .evaluation)
        #expect(throws: missing) { try omniglot.drawings(.evaluation) }
        #expect(missing.description.contains("images_evaluation.zip"))
        #expect(throws: DatasetError.cannotRead(path: "/nowhere", reason: "there is no such folder")) {
            try Omniglot(folder: "/nowhere").drawings(.evaluation)
        }
    }

    @Test func aBadImageIsNamed() throws {
        var files = tiny
        files.files[7].bytes.removeLast(40)
        try files.writeZip(.background, to: scratch.path)
        let error = #expect(throws: DatasetError.self) { try omniglot.drawings(.background) }
        let place = zipEntry("images_background/Zeta/character01/0001_08.png")
        #expect(error?.description.hasPrefix("\(place) is a damaged PNG") == true)
    }

    @Test func aDrawingOfAnotherSizeIsNamed() throws {
        var files = tiny
        files.files[0].bytes = try TinyOmniglot.png(code: 1, side: 104)
        let place = zipEntry(files.files[0].path)
        try expect(files, fails: .badDrawing(place: place, reason: "it has 104 x 104 pixels, not 105 x 105"))
    }

    @Test func aGreyDrawingIsNamed() throws {
        var files = tiny
        files.files[0].bytes = try TinyOmniglot.png(code: 4, light: 37)
        let reason = "the pixel in row 0, column 2 is grey (37), neither black nor white"
        try expect(files, fails: .badDrawing(place: zipEntry(files.files[0].path), reason: reason))
    }

    @Test func aMissingDrawingIsNamed() throws {
        var files = tiny
        files.files.remove(at: 24)
        files.files.remove(at: 22)
        try expect(
            files,
            fails: .wrongDrawers(
                character: "images_background/Alpha/character02",
                reason: "of 20 drawings, those by drawer 3, 5 are missing"))
    }

    @Test func aDrawingGivenTwiceIsNamed() throws {
        var files = tiny
        files.files.append(("images_background/Zeta/character01/0777_20.png", try TinyOmniglot.png(code: 1)))
        try expect(
            files,
            fails: .wrongDrawers(character: "images_background/Zeta/character01", reason: "drawer 20 drew it twice"))
    }

    @Test(arguments: [
        "images_background/Alpha/0001_01.png", "images_background/Alpha/character01/0001_21.png",
        "images_background/Alpha/character01/0001.png", "images_background/Alpha/character01/0001_01.jpg",
        "images_evaluation/Alpha/character01/0001_01.png",
    ]) func aFileWhereNoneBelongsIsNamed(path: String) throws {
        var files = tiny
        files.files.append((path, try TinyOmniglot.png(code: 1)))
        try files.writeZip(.background, to: scratch.path)
        let error = #expect(throws: DatasetError.self) { try omniglot.drawings(.background) }
        #expect(error?.description.hasPrefix("\(zipEntry(path)) does not belong there") == true)
    }

    @Test func anEmptySplitIsRefused() throws {
        let empty = DatasetError.unexpectedEntry(place: "images_background", reason: "it holds no drawing")
        try DurableFolder.create(scratch.path + "/images_background")
        #expect(throws: empty) { try omniglot.drawings(.background) }
    }
}
