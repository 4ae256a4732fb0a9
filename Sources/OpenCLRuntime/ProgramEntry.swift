// One file of the program cache: what it was made from, what the driver made, and how to tell that both are whole.

/// Everything that a built program depends on, in full, so that two programs cannot be mistaken for each other.
package struct ProgramKey: Hashable, Sendable {
    /// All of it, in one text.
    package let text: String
    /// The name of the entry's file.
    package let fileName: String

    /// The key of kernel text on a device.
    package init(_ program: ProgramText, on device: DeviceFacts) {
        // Each part with its length, so that nothing can move from one into the next.
        let parts = [
            device.platformName, device.platformVersion, device.name, device.vendor, device.driverVersion,
            device.openCLVersion, program.options, program.source,
        ]
        text = parts.map { "\($0.utf8.count) \($0)\n" }.joined()
        let digest = Checksum.of(text.utf8)
        let name = program.name.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" }
        fileName = String(name) + "-" + String(digest, radix: 16) + ".program"
    }
}

/// A stored program: magic, lengths, key, binary, checksum.
package struct ProgramEntry: Hashable, Sendable {
    /// The text of the key.
    package let key: String
    /// What the driver made.
    package let binary: [UInt8]

    // The last two digits are the version of this format.
    private static let magic = [UInt8]("DIPTYCH PROG 01\n".utf8)

    /// Makes an entry to be stored.
    package init(key: String, binary: [UInt8]) {
        self.key = key
        self.binary = binary
    }

    /// The entry as it lies on disk.
    package var fileBytes: [UInt8] {
        let keyBytes = [UInt8](key.utf8)
        var bytes = Self.magic
        bytes += littleEndian(keyBytes.count) + littleEndian(binary.count)
        bytes += keyBytes
        bytes += binary
        return bytes + littleEndian(Int(bitPattern: UInt(Checksum.of(bytes))))
    }

    /// Reads an entry; nil unless every byte is as it was written.
    package init?(fileBytes bytes: [UInt8]) {
        let header = Self.magic.count + 16
        guard bytes.count >= header + 8, bytes.starts(with: Self.magic) else { return nil }
        let body = bytes.dropLast(8)
        guard readWord(bytes, body.count) == Checksum.of(body) else { return nil }
        let keyCount = readWord(bytes, Self.magic.count)
        let binaryCount = readWord(bytes, Self.magic.count + 8)
        let (sum, overflows) = keyCount.addingReportingOverflow(binaryCount)
        guard !overflows, sum == UInt64(body.count - header) else { return nil }
        let middle = header + Int(keyCount)
        key = String(decoding: bytes[header..<middle], as: UTF8.self)
        binary = Array(bytes[middle..<body.count])
    }
}

/// FNV-1a in 64 bits: finds damage; whether an entry is the right one is decided by its whole key.
enum Checksum {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

private func littleEndian(_ number: Int) -> [UInt8] {
    let word = UInt64(bitPattern: Int64(number))
    return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
}

private func readWord(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
}
