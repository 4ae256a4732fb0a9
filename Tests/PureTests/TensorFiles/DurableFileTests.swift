// Files and folders appear whole or not at all.

import Diptych
import Glibc
import TensorCore
import TensorFiles
import Testing

@Suite struct DurableFileTests {
    @Test func theFileIsReplacedAndNothingElseRemains() throws {
        let folder = try ScratchFolder()
        try DurableFile.write([1, 2, 3], to: folder.file("weights"))
        try DurableFile.write([UInt8](repeating: 7, count: 3 << 20), to: folder.file("weights"))
        #expect(try folder.bytes("weights") == [UInt8](repeating: 7, count: 3 << 20))
        #expect(folder.names == ["weights"])
        #expect(try SHA256.hash(fileAt: folder.file("weights")) == SHA256.hash(repeatElement(7, count: 3 << 20)))
    }

    @Test func failureInTheMiddleLeavesTheOldFile() throws {
        let folder = try ScratchFolder()
        let path = folder.file("weights")
        try DurableFile.write([1, 2, 3], to: path)
        let full = TensorFileError.writeFailed(file: path, reason: "full")
        #expect(throws: full) {
            try DurableFile.write(to: path) { (file) throws(TensorFileError) in
                try file.write([UInt8](repeating: 0, count: 2 << 20))
                throw full
            }
        }
        #expect(try folder.bytes("weights") == [1, 2, 3])
        #expect(folder.names == ["weights"])
    }

    @Test func aFullDeviceIsAFailedWrite() throws {
        #expect(throws: TensorFileError.writeFailed(file: "w", reason: "No space left on device")) {
            var file = try OutputFile("/dev/full", reportedAs: "w", existing: true)
            try file.write([1])
            try file.synchronize()
        }
    }

    @Test func placesWhereNothingCanBeCreated() throws {
        let folder = try ScratchFolder()
        try DurableFile.write([1], to: folder.file("plain"))
        for path in [folder.file("missing/w"), folder.file("plain/w"), folder.path, "/dev/null", "/proc/x"] {
            expectCannotCreate(path) { try DurableFile.write([1], to: path) }
        }
        #expect(folder.names == ["plain"])
    }

    private func expectCannotCreate(_ path: String, _ body: () throws -> Void) {
        #expect {
            try body()
        } throws: { error in
            guard case TensorFileError.cannotCreate(file: path, reason: _) = error else { return false }
            return true
        }
    }

    @Test func aFolderIsReplacedWhole() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("step-000200")
        for value: UInt8 in [1, 2] {
            try DurableFolder.write(to: path + "/") { (folder) throws(TensorFileError) in
                try DurableFolder.create(folder + "/deep")
                try DurableFile.write([value], to: folder + "/deep/state")
                try DurableFile.write([value], to: folder + "/only-\(value)")
            }
        }
        #expect(scratch.names == ["step-000200"])
        #expect(DurableFolder.names(in: path) == ["deep", "only-2"])
        #expect(try scratch.bytes("step-000200/deep/state") == [2])
    }

    @Test func aFolderThatFailsLeavesTheOldOne() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("step-000200")
        try DurableFolder.write(to: path) { (folder) throws(TensorFileError) in
            try DurableFile.write([1], to: folder + "/state")
        }
        let full = TensorFileError.writeFailed(file: path, reason: "full")
        #expect(throws: full) {
            try DurableFolder.write(to: path) { (folder) throws(TensorFileError) in
                try DurableFile.write([2], to: folder + "/state")
                throw full
            }
        }
        #expect(scratch.names == ["step-000200"])
        #expect(try scratch.bytes("step-000200/state") == [1])
    }

    @Test func errorsInAFolderTellTheNameThatItWouldHaveHad() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("step-000200")
        expectCannotCreate(path + "/missing/state") {
            try DurableFolder.write(to: path) { (folder) throws(TensorFileError) in
                try DurableFile.write([2], to: folder + "/missing/state")
            }
        }
        #expect(scratch.names == [])
    }

    @Test func leftoversOfDeadProcessesGo() throws {
        let folder = try ScratchFolder()
        let living = ".partial-\(getpid())-1"
        for name in [".partial-2147483646-1", living, "weights", ".partial-x"] {
            try DurableFile.write([1], to: folder.file(name))
        }
        DurableFile.removeLeftovers(in: folder.path)
        #expect(folder.names == [living, ".partial-x", "weights"].sorted())
    }
}
