// CRC-32C as TensorFlow's record files use it.

/// The checksum of TFRecord files: CRC-32C (Castagnoli), rotated and shifted so that a checksum may itself be checked.
package enum RecordChecksum {
    /// The CRC-32C of `bytes`: polynomial 0x1EDC6F41, reflected, starting from and finished with all ones.
    package static func crc32c(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
        }
        return ~crc
    }

    /// The masked checksum that stands in a record.
    package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let crc = crc32c(bytes)
        return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0x82F6_3B78 ^ (crc >> 1) : crc >> 1 }
    }
}
