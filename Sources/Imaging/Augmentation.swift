// The entry point: a view of an image, as the encoder will see it.

public import TensorCore

/// Makes a view of `image`: `size` rows of `size` pixels, **0 is paper (white), 255 is ink (black)**.
///
/// The result is a function of its arguments alone, in whole-number arithmetic; any thread may call. The parameters do
/// not matter to `Augmentation.none`.
public func makeView(
    of image: GrayImage, _ parameters: ViewParameters, augmentation: Augmentation, size: Int
) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size * size) { ink, count in
        count = size * size
        makeView(of: image, parameters, augmentation: augmentation, size: size, into: ink)
    }
}

/// Makes a view of `image` as the function above does, in the `size * size` bytes of `ink`.
public func makeView(
    of image: GrayImage, _ parameters: ViewParameters, augmentation: Augmentation, size: Int,
    into ink: UnsafeMutableBufferPointer<UInt8>
) {
    precondition(ink.count >= size * size, "makeView: \(ink.count) bytes for \(size) x \(size)")
    let output = ink.baseAddress!
    switch augmentation {
    case .authors:
        let map = AffineMap(parameters, width: image.width, height: image.height)
        resizeTransformed(image, map, crop: parameters.crop, size: size, into: output)
    case .single:
        SingleResampling(of: image, parameters, size: size).write(into: output)
    case .none:
        let side = min(image.width, image.height)
        let square = PixelRectangle(
            x: (image.width - side) / 2, y: (image.height - side) / 2, width: side, height: side)
        let identity = AffineMap(matrix: (1, 0, 0, 0, 1, 0))
        resizeTransformed(image, identity, crop: square, size: size, into: output)
    }
}

/// Two resamplings: the crop of the mapped image, then its reduction; the border is black, which is ink.
private func resizeTransformed(
    _ image: GrayImage, _ map: AffineMap, crop: PixelRectangle, size: Int, into output: UnsafeMutablePointer<UInt8>
) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: crop.width * crop.height) { cropped in
        image.transform(by: map, fill: 0, rectangle: crop, into: cropped.baseAddress!)
        resize(cropped.baseAddress!, crop.width, crop.height, to: output, size, size)
    }
    for index in 0..<size * size { output[index] = 255 - output[index] }
}
