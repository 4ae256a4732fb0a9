// The kernel files and their copies in the binary.

import Foundation
import OpenCLBackend
import Testing

@Suite("Kernel files")
struct KernelTableTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Kernels").path

    /// All files of Kernels/, sorted.
    private static let paths: [String] = {
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.contains(".") }.sorted()
    }()

    /// The kernel files as the table names them.
    private static let files = paths.filter { $0.hasSuffix(".cl") }.map { String($0.dropLast(3)) }.sorted()

    @Test func theTableNamesEveryFileAndNoOther() {
        #expect(!Self.files.isEmpty)
        #expect(KernelLibrary.names == Self.files)
        #expect(KernelLibrary.names.map { $0 + ".cl" } + KernelLibrary.headers == Self.paths.sorted(by: headersLast))
    }

    private func headersLast(_ left: String, _ right: String) -> Bool {
        (left.hasSuffix(".h") ? 1 : 0, left) < (right.hasSuffix(".h") ? 1 : 0, right)
    }

    @Test(arguments: files)
    func nothingIsLeftToInclude(name: String) throws {
        #expect(try !#require(KernelLibrary().text(named: name)).contains("#include"))
    }

    @Test(arguments: files)
    func theCopyIsTheFile(name: String) {
        #expect(KernelLibrary().text(named: name) == KernelLibrary(folder: Self.folder).text(named: name))
    }

    @Test(arguments: files)
    func theFileBeginsWithItsStory(name: String) throws {
        let text = try #require(KernelLibrary().text(named: name))
        let head = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("//") }
            .joined(separator: "\n")
        for word in ["Layout:", "Launch"] { #expect(head.contains(word), "\(name).cl does not say its \(word)") }
        #expect(!text.contains("atomic_"), "\(name).cl adds in no fixed order")
    }
}
