// A person's own images: what is taken, what is passed over, and what the classes are.

import Datasets
import Diptych
import Imaging
import TensorFiles
import TestSupport
import Testing

@Suite final class ImageFolderTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    private func write(_ name: String, width: Int = 30, height: Int = 20, light: UInt8 = 0) throws {
        let image = GrayImage(width: width, height: height, pixels: [UInt8](repeating: light, count: width * height))
        try DurableFile.write(image.encodedPNG(), to: scratch.file(name))
    }

    private func folder(_ names: String...) throws {
        for name in names { try DurableFolder.create(scratch.file(name)) }
    }

    @Test func foldersAreClasses() throws {
        try folder("cats", "ants", "ants/wild", "empty")
        for name in ["cats/2.PNG", "cats/1.png", "ants/wild/3.png", "ants/1.png"] { try write(name) }
        try DurableFile.write(Array("notes".utf8), to: scratch.file("cats/notes.txt"))
        let images = try ImageFolder(scratch.path)
        #expect(images.classes == ["ants", "cats"])
        #expect(images.images.map(\.name) == ["ants/1.png", "ants/wild/3.png", "cats/1.png", "cats/2.PNG"])
        #expect(images.images.map(\.classIndex) == [0, 0, 1, 1])
        #expect(images.skipped.isEmpty)
        let views = try #require(images.evaluationViews())
        #expect(views.labels == [0, 0, 1, 1] && views.drawers == [0, 1, 0, 1])
        #expect(views.images.floats.allSatisfy { $0 == 1 })
    }

    @Test func imagesWithoutAClassHaveNoLabels() throws {
        try folder("a")
        try write("z.png", light: 10)
        try write("a/1.png", light: 20)
        let images = try ImageFolder(scratch.path)
        #expect(images.images.map(\.name) == ["z.png", "a/1.png"])
        #expect(images.evaluationViews() == nil)
        #expect(images.views().shape == [2, 28, 28, 1])
        var settings = ViewPairs.Settings(pairsPerBatch: 2)
        settings.augmentation = .single
        let pairs = try ViewPairs(of: images, settings)
        let batch = pairs.batch(step: 3)
        #expect(batch.labels == nil)
        #expect(batch.view1 != batch.view2)
        #expect(batch == pairs.batch(step: 3))
    }

    @Test func damagedImagesAreCounted() throws {
        try write("good.png")
        try DurableFile.write([1, 2, 3], to: scratch.file("bad.jpg"))
        let images = try ImageFolder(scratch.path)
        #expect(images.images.count == 1)
        #expect(images.skipped.map(\.name) == ["bad.jpg"])
        #expect(images.skipped[0].reason.contains("neither PNG nor JPEG"))
    }

    @Test func aZipHoldsTheSameImagesInTheSameOrder() throws {
        try folder("a", "a/b", "c")
        let names = ["c/1.png", "a/b/2.png", "a/b.png", "a/b/1.jpg", "z.png", "a.png"]
        for (index, name) in names.enumerated() where name != "a/b/1.jpg" { try write(name, light: UInt8(index)) }
        try DurableFile.write([1, 2, 3], to: scratch.file("a/b/1.jpg"))
        var zip = TinyZip()
        for name in names { zip.add(name, try scratch.bytes(name)) }
        for name in ["__MACOSX/a.png", ".hidden/a.png", "a/.b.png", "notes.txt"] { zip.add(name, [1]) }
        let other = try ScratchFolder()
        try DurableFile.write(zip.bytes, to: other.file("images.zip"))
        let (images, unpacked) = (try ImageFolder(other.file("images.zip")), try ImageFolder(scratch.path))
        #expect(images.images.map(\.name) == ["a.png", "z.png", "a/b/2.png", "a/b.png", "c/1.png"])
        #expect(images.images == unpacked.images && images.classes == unpacked.classes)
        #expect(images.skipped.map(\.name) == ["a/b/1.jpg"])
        #expect(images.skipped[0].reason.contains("images.zip, entry a/b/1.jpg"))
    }

    @Test func aZipCutShortIsAnError() throws {
        try write("1.png")
        var zip = TinyZip()
        zip.add("1.png", try scratch.bytes("1.png"))
        try DurableFile.write(zip.bytes.dropLast(20), to: scratch.file("cut.zip"))
        let error = #expect(throws: DatasetError.self) { try ImageFolder(scratch.file("cut.zip")) }
        #expect(error?.description.contains("cut short") == true)
    }

    @Test func noImageAtAllIsAnError() throws {
        let none = DatasetError.noImages(folder: scratch.path, skipped: 0, first: nil)
        #expect(throws: none) { try ImageFolder(scratch.path) }
        try DurableFile.write([1, 2, 3], to: scratch.file("bad.jpg"))
        let error = #expect(throws: DatasetError.self) { try ImageFolder(scratch.path) }
        #expect(error?.description.contains("none of the 1 images") == true)
        #expect(throws: DatasetError.self) { try ImageFolder(scratch.file("nowhere")) }
    }

    @Test func largeImagesAreReducedAsTheyAreRead() throws {
        try write("wide.png", width: 1024, height: 2)
        try write("tall.png", width: 300, height: 600)
        let images = try ImageFolder(scratch.path).images
        #expect(images.map(\.image.width) == [128, 256] && images.map(\.image.height) == [256, 1])
    }

    @Test func theChecksumDependsOnNamesAndPixels() throws {
        try write("1.png")
        let before = try ImageFolder(scratch.path).checksum
        try write("1.png", light: 1)
        let pixels = try ImageFolder(scratch.path).checksum
        try write("2.png", light: 1)
        DurableFolder.remove(scratch.file("1.png"))
        #expect(Set([before, pixels, try ImageFolder(scratch.path).checksum]).count == 3)
    }
}
