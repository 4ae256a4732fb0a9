// The cache of built programs: found again, told apart, and rebuilt when damaged.

import Foundation
import OpenCLRuntime
import Testing

@Suite("Program cache", .requiresOpenCL)
struct ProgramCacheTests {
    private let folder = TemporaryFolder()
    private var cache: ProgramCache { ProgramCache(folder: folder.path, includesSelfCaching: true) }

    @Test func findsWhatItStored() throws {
        #expect(try origin(cache) == .source)
        #expect(try origin(cache) == .cache)
        #expect(try entries().count == 1)
    }

    @Test func tellsTextsAndOptionsApart() throws {
        #expect(try origin(cache) == .source)
        #expect(try origin(cache, options: "-DA=1") == .source)
        #expect(try origin(cache, source: scaleText + " ") == .source)
        #expect(try entries().count == 3)
    }

    @Test(arguments: ["truncated", "emptied", "flipped", "foreign", "a folder"])
    func rebuildsWhatIs(_ damage: String) throws {
        #expect(try origin(cache) == .source)
        let file = try #require(try entries().first)
        var bytes = try Data(contentsOf: file)
        switch damage {
        case "truncated": bytes = bytes.prefix(bytes.count / 2)
        case "emptied": bytes = Data()
        case "flipped": bytes[bytes.count / 2] ^= 4
        default: bytes = Data("something else".utf8)
        }
        try FileManager.default.removeItem(at: file)
        if damage == "a folder" {
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
            #expect(try origin(cache) == .source)
        } else {
            try bytes.write(to: file)
            #expect(try origin(cache) == .source)
            #expect(try origin(cache) == .cache)
        }
    }

    @Test func aWholeEntryThatTheDriverRefusesIsRebuilt() throws {
        #expect(try origin(cache) == .source)
        let file = try #require(try entries().first)
        let entry = try #require(ProgramEntry(fileBytes: [UInt8](Data(contentsOf: file))))
        let other = ProgramEntry(key: entry.key, binary: [1, 2, 3])
        try Data(other.fileBytes).write(to: file)
        #expect(try origin(cache) == .source)
        #expect(try origin(cache) == .cache)
    }

    @Test func aFailureToWriteIsNoFailureOfTheBuild() throws {
        let cache = ProgramCache(folder: "/proc/diptych", includesSelfCaching: true)
        #expect(try origin(cache) == .source)
        #expect(try origin(cache) == .source)
    }

    @Test func devicesWithACacheOfTheirOwnAreLeftAlone() throws {
        let isSelfCaching = try OpenCLAvailability.device().isSelfCaching
        let cache = ProgramCache(folder: folder.path)
        #expect(try origin(cache) == .source)
        #expect(try origin(cache) == (isSelfCaching ? .source : .cache))
    }

    private func entries() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: URL(fileURLWithPath: folder.path), includingPropertiesForKeys: nil)
    }

    /// Builds and runs the program: wherever it came from, it must compute.
    private func origin(
        _ cache: ProgramCache, source: String = scaleText, options: String = ""
    ) throws -> Program.Origin {
        let bench = try Workbench()
        let program = try Program(bench.context, name: "scale", source: source, options: options, cache: cache)
        let kernel = try Kernel(program, "scale")
        let buffer = try bench.buffer([1, 2, 3])
        try kernel.setArguments([.buffer(buffer), .float(2), .float(1)])
        try bench.queue.enqueue(kernel, global: [3])
        #expect(try bench.floats(buffer) == [3, 5, 7])
        return program.origin
    }
}
