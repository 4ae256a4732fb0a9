// PNG by libspng: any depth and colour in, 8-bit grey out, on white where it is transparent.

import CSPNG

extension GrayImage {
    /// Decodes the PNG in `bytes`; errors call it `name`.
    init(png bytes: [UInt8], name: String) throws(ImagingError) {
        func check(_ code: Int32) throws(ImagingError) {
            if code != 0 {
                throw .corrupt(file: name, format: "PNG", reason: String(cString: spng_strerror(code)))
            }
        }
        guard let context = spng_ctx_new(0) else {
            throw .corrupt(file: name, format: "PNG", reason: "no memory for a decoder")
        }
        defer { spng_ctx_free(context) }
        // Beyond our limits on purpose: those are checked below, where the error can say the size.
        try check(spng_set_image_limits(context, UInt32(Int32.max), UInt32(Int32.max)))
        try check(spng_set_chunk_limits(context, 1 << 24, 1 << 24))
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        defer { buffer.deallocate() }
        _ = buffer.initialize(from: bytes)
        try check(spng_set_png_buffer(context, buffer.baseAddress, buffer.count))
        var header = spng_ihdr()
        try check(spng_get_ihdr(context, &header))
        let (width, height) = (Int(header.width), Int(header.height))
        try ImageLimits.check(width: width, height: height, file: name)
        // Red, green and blue even of grey images: equal parts of all three come out of the weights unchanged.
        let (format, flags) = (Int32(bitPattern: SPNG_FMT_RGBA8.rawValue), Int32(SPNG_DECODE_TRNS.rawValue))
        var code: Int32 = 0
        let rgba = [UInt8](unsafeUninitializedCapacity: 4 * width * height) { pixels, count in
            code = spng_decode_image(context, pixels.baseAddress, 4 * width * height, format, flags)
            count = code == 0 ? 4 * width * height : 0
        }
        try check(code)
        // To the last chunk, so that a file cut short anywhere is known for one.
        try check(spng_decode_chunks(context))
        self.init(width: width, height: height, rgb: Self.onWhite(rgba))
    }

    /// Red, green and blue of pixels that lie on white paper as far as they are transparent.
    private static func onWhite(_ rgba: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: rgba.count / 4 * 3) { rgb, count in
            for pixel in stride(from: 0, to: rgba.count, by: 4) {
                let cover = Int(rgba[pixel + 3])
                for value in rgba[pixel..<pixel + 3] {
                    rgb.initializeElement(at: count, to: UInt8((cover * Int(value) + (255 - cover) * 255 + 127) / 255))
                    count += 1
                }
            }
        }
    }

    /// The image as a PNG of 8-bit grey.
    public func encodedPNG() throws(ImagingError) -> [UInt8] {
        func check(_ code: Int32) throws(ImagingError) {
            if code != 0 {
                throw .cannotEncode(width: width, height: height, reason: String(cString: spng_strerror(code)))
            }
        }
        guard let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
            throw .cannotEncode(width: width, height: height, reason: "no memory for an encoder")
        }
        defer { spng_ctx_free(context) }
        var header = spng_ihdr()
        (header.width, header.height, header.bit_depth) = (UInt32(width), UInt32(height), 8)
        header.color_type = UInt8(SPNG_COLOR_TYPE_GRAYSCALE.rawValue)
        try check(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1))
        try check(spng_set_ihdr(context, &header))
        let (format, flags) = (Int32(SPNG_FMT_PNG.rawValue), Int32(SPNG_ENCODE_FINALIZE.rawValue))
        try check(spng_encode_image(context, pixels, pixels.count, format, flags))
        var (count, code) = (0, Int32(0))
        guard let encoded = spng_get_png_buffer(context, &count, &code) else {
            throw .cannotEncode(width: width, height: height, reason: String(cString: spng_strerror(code)))
        }
        defer { free(encoded) }
        return Array(UnsafeRawBufferPointer(start: encoded, count: count))
    }
}
