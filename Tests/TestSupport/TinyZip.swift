// A writer of zips without compression, small enough to lie on purpose.

/// A zip in the making: stored entries, then the directory.
package struct TinyZip {
    private var body: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0

    /// Makes an empty zip.
    package init() {}

    /// Adds an entry; `mode` is that of a regular file unless told otherwise.
    package mutating func add(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o100644, checksum: UInt32? = nil) {
        let offset = UInt32(body.count)
        let size = UInt32(bytes.count)
        var common: [UInt8] = []
        for half in [20, 0, 0, 0, 0x21] as [UInt16] { common += little(half) }
        for word in [checksum ?? Self.crc32(bytes), size, size] { common += little(word) }
        common += little(UInt16(name.utf8.count)) + little(UInt16(0))
        body += little(0x0403_4b50 as UInt32) + common + Array(name.utf8) + bytes
        directory += little(0x0201_4b50 as UInt32) + little(0x0314 as UInt16) + common
        for half in [0, 0, 0] as [UInt16] { directory += little(half) }
        directory += little(mode << 16) + little(offset) + Array(name.utf8)
        count += 1
    }

    /// The whole file.
    package var bytes: [UInt8] {
        var end = little(0x0605_4b50 as UInt32)
        for half in [0, 0, count, count] as [UInt16] { end += little(half) }
        for word in [UInt32(directory.count), UInt32(body.count)] { end += little(word) }
        return body + directory + end + little(UInt16(0))
    }

    private func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
        }
    }
}
