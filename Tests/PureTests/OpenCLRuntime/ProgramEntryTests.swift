// Entries of the program cache: what names them, and that no damage goes unseen.

import OpenCLRuntime
import Testing

@Suite("Program cache entries")
struct ProgramEntryTests {
    private let entry = ProgramEntry(key: "device\noptions\ntext with ümlaut", binary: [0, 1, 2, 255, 254])

    @Test func comesBackWhole() {
        #expect(ProgramEntry(fileBytes: entry.fileBytes) == entry)
        let empty = ProgramEntry(key: "", binary: [])
        #expect(ProgramEntry(fileBytes: empty.fileBytes) == empty)
    }

    @Test func everyTruncationIsSeen() {
        let bytes = entry.fileBytes
        for length in 0..<bytes.count {
            #expect(ProgramEntry(fileBytes: Array(bytes.prefix(length))) == nil, "prefix of \(length) bytes")
        }
        #expect(ProgramEntry(fileBytes: bytes + [0]) == nil)
    }

    @Test func everyFlippedBitIsSeen() {
        for bit in 0..<entry.fileBytes.count * 8 {
            var bytes = entry.fileBytes
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(ProgramEntry(fileBytes: bytes) == nil, "bit \(bit)")
        }
    }

    @Test func everythingThatMattersChangesTheKey() {
        let text = ProgramText(name: "n", source: "s", options: "o")
        let facts = DeviceFacts()
        var keys: Set = [ProgramKey(text, on: facts)]
        keys.insert(ProgramKey(ProgramText(name: "n", source: "s2", options: "o"), on: facts))
        keys.insert(ProgramKey(ProgramText(name: "n", source: "s", options: "o2"), on: facts))
        for member in [
            \DeviceFacts.name, \.vendor, \.driverVersion, \.platformName, \.platformVersion, \.openCLVersion,
        ] {
            var other = facts
            other[keyPath: member] = "other"
            keys.insert(ProgramKey(text, on: other))
        }
        #expect(keys.count == 9)
        #expect(Set(keys.map(\.fileName)).count == 9)
    }

    @Test func whatMovesBetweenTwoPartsChangesTheKey() {
        var one = DeviceFacts()
        (one.name, one.vendor) = ("a\nb", "c")
        var other = DeviceFacts()
        (other.name, other.vendor) = ("a", "b\nc")
        let text = ProgramText(name: "n", source: "s")
        #expect(ProgramKey(text, on: one) != ProgramKey(text, on: other))
    }

    @Test func aFileNameHasNoSlash() {
        let key = ProgramKey(ProgramText(name: "wide/../x y", source: ""), on: DeviceFacts())
        #expect(key.fileName.hasPrefix("wide----x-y-"))
    }
}
