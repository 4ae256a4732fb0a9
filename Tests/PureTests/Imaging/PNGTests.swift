// PNG: what is encoded comes back, and no damaged file does harm.

import Diptych
import Imaging
import Testing

@Suite struct PNGTests {
    private let image = GrayImage(width: 9, height: 7, pixels: (0..<63).map { UInt8($0 * 4) })

    @Test func whatIsEncodedComesBack() throws {
        #expect(try GrayImage(decoding: image.encodedPNG(), name: "f") == image)
    }

    @Test func everyPrefixIsRefused() throws {
        let bytes = try image.encodedPNG()
        // Without the checksum of the empty last chunk nothing is missing.
        for count in 0..<bytes.count - 4 {
            #expect(throws: ImagingError.self) { try GrayImage(decoding: Array(bytes[..<count]), name: "f") }
        }
    }

    @Test func everyFlippedBitIsReadOrRefused() throws {
        let bytes = try image.encodedPNG()
        for place in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[place] ^= 1 << UInt8(bit)
                if let read = try? GrayImage(decoding: damaged, name: "f") { #expect(read.pixels.count < 1000) }
            }
        }
    }

    @Test("what is transparent lies on white")
    func transparency() throws {
        // Black, black that is not there, black that covers half, white; each row begins with its filter, none.
        let data: [UInt8] = [0, 0, 0, 0, 255, 0, 0, 0, 0] + [0, 0, 0, 0, 128, 255, 255, 255, 255]
        let count = UInt8(data.count)
        let deflated = [0x78, 0x01, 0x01, count, 0, ~count, 255] + data + word(adler32(data))
        let bytes = header(width: 2, height: 2, colour: 6) + chunk("IDAT", deflated) + chunk("IEND", [])
        let image = try GrayImage(decoding: bytes, name: "f")
        #expect(image == GrayImage(width: 2, height: 2, pixels: [0, 255, 127, 255]))
    }

    @Test func hugeImagesAreRefusedBeforeAllocation() throws {
        for (width, height) in [(50_000, 50_000), (1, 20_000), (16_000, 16_000)] {
            let bytes = header(width: width, height: height, colour: 0) + chunk("IDAT", [])
            #expect(throws: ImagingError.tooLarge(file: "f", width: width, height: height)) {
                try GrayImage(decoding: bytes, name: "f")
            }
        }
    }

    @Test func otherFilesAreNamed() throws {
        #expect(throws: ImagingError.unknownFormat(file: "f", start: "the bytes 3c 68 74 6d")) {
            try GrayImage(decoding: Array("<html>".utf8), name: "f")
        }
        #expect(throws: ImagingError.unknownFormat(file: "f", start: "nothing")) {
            try GrayImage(decoding: [], name: "f")
        }
        #expect(throws: ImagingError.cannotRead(file: "/missing.png", reason: "No such file or directory")) {
            try GrayImage(contentsOf: "/missing.png")
        }
        #expect(throws: ImagingError.self) { try GrayImage(contentsOf: "/dev/zero") }
        #expect(throws: ImagingError.self) { try GrayImage(contentsOf: "/tmp") }
    }

    /// Signature and header chunk of a PNG with 8 bits in each channel of the colour type `colour`.
    private func header(width: Int, height: Int, colour: UInt8) -> [UInt8] {
        let fields = word(UInt32(width)) + word(UInt32(height)) + [8, colour, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", fields)
    }

    private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        var crc = UInt32.max
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return word(UInt32(data.count)) + body + word(~crc)
    }

    private func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private func adler32(_ bytes: [UInt8]) -> UInt32 {
        let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
            let low = (sums.0 + UInt32(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        return high << 16 | low
    }
}
