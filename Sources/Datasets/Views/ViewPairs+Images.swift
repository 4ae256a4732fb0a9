// The images of view pairs in one piece, for a device that makes the views by itself.

public import TensorCore

extension ViewPairs {
    /// The number of images of all items.
    public var imageCount: Int { items.count * items.imagesPerItem }

    /// The pixels of all images.
    public var pixelCount: Int { extents.reduce(0) { $0 + $1.width * $1.height } }

    /// The largest width or height of an image.
    public var longestSide: Int { extents.reduce(0) { max($0, $1.width, $1.height) } }

    /// The light of all images, 0 black and 255 white, one image after another: uint8 [`pixelCount`].
    public func pixels() -> Tensor {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(pixelCount)
        for index in 0..<imageCount { pixels += items.image(index).pixels }
        return Tensor([pixels.count], pixels)
    }

    /// For each image the place of its first pixel, its width and its height: int32 [`imageCount`, 3]. The places must be
    /// below 2^31.
    public func imageTable() -> Tensor {
        var place = 0
        let rows = extents.flatMap { extent in
            defer { place += extent.width * extent.height }
            return [Int32(place), Int32(extent.width), Int32(extent.height)]
        }
        return Tensor([imageCount, 3], rows)
    }

    /// The sizes of the images, in order.
    private var extents: [(width: Int, height: Int)] {
        switch items {
        case .characters: Array(repeating: (PackedDrawing.side, PackedDrawing.side), count: imageCount)
        case .images(let images): images.map { ($0.image.width, $0.image.height) }
        }
    }
}
