// Cropping and antialiased resizing, with the bits of Pillow.

public import TensorCore

extension GrayImage {
    /// The image resized to `width` x `height` by an antialiased triangle filter: the bits of Pillow's
    /// `resize((width, height), Image.BILINEAR)` in mode `L`, up to version 12 (later ones may take columns first).
    public func resized(width: Int, height: Int) -> GrayImage {
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height) { output, count in
            count = width * height
            self.pixels.withUnsafeBufferPointer { input in
                resize(input.baseAddress!, self.width, self.height, to: output.baseAddress!, width, height)
            }
        }
        return GrayImage(width: width, height: height, pixels: pixels)
    }

    /// The part of the image inside `rectangle`, which must lie in the image.
    public func cropped(to rectangle: PixelRectangle) -> GrayImage {
        precondition(
            rectangle.x >= 0 && rectangle.y >= 0 && rectangle.width > 0 && rectangle.height > 0
                && rectangle.x + rectangle.width <= width && rectangle.y + rectangle.height <= height,
            "GrayImage: \(rectangle) of \(width) x \(height)")
        let rows = (0..<rectangle.height).flatMap { row in
            let start = (rectangle.y + row) * width + rectangle.x
            return pixels[start..<start + rectangle.width]
        }
        return GrayImage(width: rectangle.width, height: rectangle.height, pixels: rows)
    }
}

/// Resizes dense rows, first along the rows and then along the columns, rounding in between.
func resize(
    _ input: UnsafePointer<UInt8>, _ inputWidth: Int, _ inputHeight: Int,
    to output: UnsafeMutablePointer<UInt8>, _ width: Int, _ height: Int
) {
    let horizontal = TriangleFilter(from: inputWidth, to: width)
    let vertical = TriangleFilter(from: inputHeight, to: height)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * inputHeight) { middle in
        let rows = middle.baseAddress!
        horizontal.apply(
            from: input, inputSteps: (inputWidth, 1), to: rows, outputSteps: (width, 1), lines: inputHeight)
        vertical.apply(from: rows, inputSteps: (1, width), to: output, outputSteps: (1, width), lines: width)
    }
}
