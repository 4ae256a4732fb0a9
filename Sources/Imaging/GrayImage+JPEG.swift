// JPEG by TurboJPEG: light is what a JPEG stores first.

import CTurboJPEG

extension GrayImage {
    /// Decodes the JPEG in `bytes`; errors call it `name`.
    init(jpeg bytes: [UInt8], name: String) throws(ImagingError) {
        guard let decoder = tjInitDecompress() else {
            throw .corrupt(file: name, format: "JPEG", reason: "no memory for a decoder")
        }
        defer { tjDestroy(decoder) }
        func check(_ code: Int32) throws(ImagingError) {
            if code != 0 {
                throw .corrupt(file: name, format: "JPEG", reason: String(cString: tjGetErrorStr2(decoder)))
            }
        }
        var (width, height, sampling, colour): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let size = UInt(bytes.count)
        try check(tjDecompressHeader3(decoder, bytes, size, &width, &height, &sampling, &colour))
        try ImageLimits.check(width: Int(width), height: Int(height), file: name)
        guard colour != TJCS_CMYK.rawValue, colour != TJCS_YCCK.rawValue else {
            throw .unsupported(file: name, format: "JPEG in the inks of print (CMYK)", advice: "save it as RGB or grey")
        }
        let count = Int(width) * Int(height)
        var code: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { pixels, filled in
            let format = Int32(TJPF_GRAY.rawValue)
            let flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT
            code = tjDecompress2(decoder, bytes, size, pixels.baseAddress, width, 0, height, format, flags)
            filled = count
        }
        try check(code)
        self.init(width: Int(width), height: Int(height), pixels: pixels)
    }
}
