// The kernel cache on disk: who owns it, what is kept, what is removed.

import Foundation
import OpenCLRuntime
import Testing

@Suite("Kernel cache on disk")
struct CacheSlotTests {
    private let folder = TemporaryFolder()

    @Test func twoLivingProcessesNeverShare() throws {
        let first = try CacheSlot(claimedIn: folder.path)
        var second: CacheSlot? = try CacheSlot(claimedIn: folder.path)
        #expect(first.path == folder.path + "/0")
        #expect(second?.path == folder.path + "/1")
        second = nil
        #expect(try CacheSlot(claimedIn: folder.path).path == folder.path + "/1")
        withExtendedLifetime(first) {}
    }

    /// A child between `fork` and `exec` has a copy of every descriptor of its parent.
    @Test func aSlotIsFreeThoughAChildStillHoldsACopyOfItsLock() throws {
        var slot: CacheSlot? = try CacheSlot(claimedIn: folder.path)
        let lock = try #require(descriptor(of: folder.path + "/0.lock"))
        let copy = dup(lock)
        defer { close(copy) }
        slot = nil
        #expect(slot == nil)
        #expect(try CacheSlot(claimedIn: folder.path).path == folder.path + "/0")
    }

    @Test func whatWasSealedStays() throws {
        try withSlot { slot in
            folder.write("0/AB/CDEF/program.bc", 100)
            folder.write("0/AB/CDEF/scale/1-1-1/scale.so", 200)
            folder.write("0/AB/CDEF/last_accessed", 0)
            slot.seal()
        }
        for _ in 0..<3 { try withSlot { _ in } }
        #expect(folder.files("0") == ["AB/CDEF/last_accessed", "AB/CDEF/program.bc", "AB/CDEF/scale/1-1-1/scale.so"])
    }

    @Test func whatWasNotSealedGoes() throws {
        try withSlot { _ in folder.write("0/AB/CDEF/program.bc", 100) }
        try withSlot { _ in }
        #expect(folder.files("0") == [])
    }

    @Test(arguments: ["truncated", "emptied", "grown", "removed", "joined by a new one"])
    func onlyTheProgramWithAFileThatWas(_ damage: String) throws {
        try withSlot { slot in
            folder.write("0/AB/CDEF/program.bc", 100)
            folder.write("0/AB/CDEF/scale/scale.so", 200)
            folder.write("0/AB/0123/program.bc", 100)
            slot.seal()
        }
        switch damage {
        case "truncated": folder.write("0/AB/CDEF/scale/scale.so", 199)
        case "emptied": folder.write("0/AB/CDEF/scale/scale.so", 0)
        case "grown": folder.write("0/AB/CDEF/scale/scale.so", 201)
        case "removed": folder.remove("0/AB/CDEF/scale/scale.so")
        default: folder.write("0/AB/CDEF/other/other.so", 200)
        }
        try withSlot { _ in }
        #expect(folder.files("0") == ["AB/0123/program.bc"])
    }

    @Test func anEmptyFileIsNeverSealed() throws {
        try withSlot { slot in
            folder.write("0/AB/CDEF/program.bc", 0)
            slot.seal()
        }
        try withSlot { _ in }
        #expect(folder.files("0") == [])
    }

    @Test func leftoversOfACrashGo() throws {
        try withSlot { slot in slot.seal() }
        folder.write("0/tempfile_abc", 10)
        try withSlot { _ in }
        #expect(folder.files("0") == [])
    }

    @Test func aListCutAnywhereCostsNoMoreThanItsPrograms() throws {
        let programs = (0..<3).map { "0/AB/PROGRAM\($0)/program.bc" }
        func seal() throws {
            try withSlot { slot in
                for (index, program) in programs.enumerated() { folder.write(program, 100 + index) }
                slot.seal()
            }
        }
        try seal()
        let list = folder.read("0.manifest")
        for length in 0..<list.count {
            try seal()
            folder.write("0.manifest", Array(list.prefix(length)))
            try withSlot { _ in }
            let whole = list.prefix(length).count { $0 == UInt8(ascii: "\n") }
            #expect(folder.files("0").count == whole, "cut at \(length)")
        }
    }

    @Test func aListCannotPointOutside() throws {
        folder.write("victim/file", 5)
        folder.write("0.manifest", Array("7 ../victim/file\n".utf8))
        try withSlot { _ in }
        #expect(folder.files("victim") == ["file"])
    }

    /// As when the process is killed: its slot is not given back in order, only its lock ends.
    @Test func aDeathBeforeTheSealLeavesNothingTrusted() throws {
        try withSlot { slot in
            folder.write("0/AB/CDEF/program.bc", 100)
            slot.seal()
        }
        try withSlot { _ in #expect(!folder.exists("0.manifest")) }
        #expect(folder.exists("0.manifest"))
        folder.remove("0.manifest")
        try withSlot { _ in }
        #expect(folder.files("0") == [])
    }

    @Test func aFolderThatCannotBeMadeSaysWhy() {
        folder.write("file", 1)
        let path = folder.path + "/file/below"
        let error = #expect(throws: OpenCLError.self) { try CacheSlot(claimedIn: path) }
        #expect(error == .cacheNotWritable(path: path, reason: "Not a directory"))
        #expect(throws: OpenCLError.self) { try CacheFolder(path: "/proc/diptych").makeWritable() }
        #expect(throws: OpenCLError.self) { try CacheFolder(path: "/sys").makeWritable() }
    }

    @Test func theProbeLeavesNoTrace() throws {
        try CacheFolder(path: folder.path + "/deep/er").makeWritable()
        #expect(folder.files("deep") == [])
    }

    /// The descriptor through which this process has `file` open.
    private func descriptor(of file: String) -> Int32? {
        let target = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return open.compactMap(Int32.init).first { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == target
        }
    }

    private func withSlot(_ body: (CacheSlot) throws -> Void) throws {
        let slot = try CacheSlot(claimedIn: folder.path)
        #expect(slot.path == folder.path + "/0")
        try body(slot)
    }
}

/// A folder that goes with its owner.
private final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("diptych-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ file: String, _ count: Int) {
        write(file, [UInt8](repeating: 1, count: count))
    }

    func write(_ file: String, _ bytes: [UInt8]) {
        let url = URL(fileURLWithPath: path + "/" + file)
        try? FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? Data(bytes).write(to: url)
    }

    func read(_ file: String) -> [UInt8] {
        [UInt8](FileManager.default.contents(atPath: path + "/" + file) ?? Data())
    }

    func remove(_ file: String) { try? FileManager.default.removeItem(atPath: path + "/" + file) }

    func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }

    /// The files below a folder, sorted.
    func files(_ folder: String) -> [String] {
        let below = FileManager.default.subpaths(atPath: path + "/" + folder) ?? []
        return below.filter { file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + folder + "/" + file)
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }.sorted()
    }
}
