// Zips that are damaged, or that mean harm.

import Datasets
import Diptych
import TensorFiles
import TestSupport
import Testing

@Suite final class ArchiveReaderTests {
    private let scratch: ScratchFolder
    private var path: String { scratch.file("a.zip") }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func read(_ zip: TinyZip, limits: ArchiveReader.Limits = .init()) throws -> [String] {
        try DurableFile.write(zip.bytes, to: path)
        return try names(limits: limits)
    }

    private func names(limits: ArchiveReader.Limits = .init()) throws(DatasetError) -> [String] {
        var reader = try ArchiveReader(path, limits: limits)
        var names: [String] = []
        while let file = try reader.next() { names.append(file.name) }
        return names
    }

    @Test func filesComeInTheirOrderAndFoldersDoNot() throws {
        var zip = TinyZip()
        zip.add("b/two", [1, 2])
        zip.add("a/", [], mode: 0o040755)
        zip.add("a/one", [])
        #expect(try read(zip) == ["b/two", "a/one"])
    }

    @Test(arguments: ["../evil", "a/../../evil", "/etc/evil"])
    func namesThatLeadOutAreRefused(name: String) throws {
        var zip = TinyZip()
        zip.add(name, [1])
        let reason = "the name leads out of the archive's folder"
        #expect(throws: DatasetError.badArchive(file: path, entry: name, reason: reason)) { try read(zip) }
    }

    @Test func linksAreRefused() throws {
        var zip = TinyZip()
        zip.add("link", Array("/etc/passwd".utf8), mode: 0o120777)
        let reason = "it is a link or a device, not a file"
        #expect(throws: DatasetError.badArchive(file: path, entry: "link", reason: reason)) { try read(zip) }
    }

    @Test func bombsAreRefused() throws {
        var zip = TinyZip()
        for index in 0..<5 { zip.add("\(index)", [UInt8](repeating: 0, count: 100)) }
        var limits = ArchiveReader.Limits()
        (limits.entries, limits.fileBytes, limits.totalBytes) = (5, 100, 500)
        #expect(try read(zip, limits: limits).count == 5)
        for limit in [\ArchiveReader.Limits.entries, \.fileBytes, \.totalBytes] {
            var lower = limits
            lower[keyPath: limit] -= 1
            #expect(throws: DatasetError.self) { try names(limits: lower) }
        }
    }

    @Test func aDamagedFileIsNamed() throws {
        var zip = TinyZip()
        zip.add("good", [1])
        zip.add("bad", [1, 2, 3], checksum: 7)
        let error = #expect(throws: DatasetError.self) { try read(zip) }
        #expect(error?.description.hasPrefix("\(path), entry bad cannot be read") == true)
    }

    @Test func everyPrefixIsRefused() throws {
        var zip = TinyZip()
        zip.add("a", [1, 2, 3])
        zip.add("b", [4, 5])
        let bytes = zip.bytes
        for count in 0..<bytes.count {
            try DurableFile.write(bytes[..<count], to: path)
            #expect(throws: DatasetError.self, "\(count) bytes of \(bytes.count)") { try names() }
        }
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: DatasetError.self) { try names() }
    }
}
