// JPEG: what is no damage is not called so.

import Imaging
import Testing

@Suite struct JPEGTests {
    @Test func theInksOfPrintAreRefusedByName() {
        // Start, frame and scan of 8 x 8 pixels in four channels, which without a note of their meaning are CMYK.
        let channels: [UInt8] = [1, 2, 3, 4]
        let frame: [UInt8] = [0xFF, 0xC0, 0, 20, 8, 0, 8, 0, 8, 4] + channels.flatMap { [$0, 0x11, 0] }
        let scan: [UInt8] = [0xFF, 0xDA, 0, 14, 4] + channels.flatMap { [$0, 0] } + [0, 63, 0]
        let error = #expect(throws: ImagingError.self) {
            try GrayImage(decoding: [0xFF, 0xD8] + frame + scan + [0xFF, 0xD9], name: "f")
        }
        #expect(
            error?.description
                == "f is a JPEG in the inks of print (CMYK), which is not read; save it as RGB or grey")
    }
}
