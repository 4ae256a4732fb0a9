// Pairs of views, made from images that lie in one tensor: what is random in them, and their resampling.
//
// A table of images has three columns: the place of the image's first pixel, its width and its height. A table of views
// has seven: the image, how far it is shifted to the right and down, and the crop's first column, first row, width and
// height. Widths and heights are at most `Op.Resample.largestExtent`; images lie inside the pixels, and crops inside
// their images.

public import TensorCore

extension Op {
    /// The parameters of the views of items, see `ViewDrawing`: rows 0..<N are the first views, rows N..<2N the second.
    /// Item i has the images k i ..< k (i + 1) of the table, k = `drawing.imagesPerItem`.
    ///
    /// Inputs: items int32 [N], the step int32 without axes, a table of images int32 [M, 3]; outputs: a table of views
    /// int32 [2N, 7], and the angle of each in degrees, float32 [2N].
    public struct DrawViews: OperationRule, Hashable {
        /// How views are drawn.
        public let drawing: ViewDrawing
        public var name: String { "drawViews" }
        public var attributes: String {
            "seed \(drawing.seed), \(drawing.signal), \(drawing.imagesPerItem) images of an item"
        }

        /// Draws views as `drawing` says.
        public init(_ drawing: ViewDrawing) {
            self.drawing = drawing
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(3, of: .int32)
            let items = try inputs.shape(0, rank: 1, of: "the items")
            try inputs.expect(1, shape: .scalar, of: "the step")
            let images = try inputs.images(2)
            guard images.isMultiple(of: drawing.imagesPerItem) else {
                throw ShapeError("\(images) images are not \(drawing.imagesPerItem) of each item")
            }
            return [TensorType(.int32, [2 * items[0], 7]), TensorType(.float32, [2 * items[0]])]
        }
    }

    /// The views of a table of views as ink, 0 paper and 1 ink, in steps of 1/255: `Imaging.makeView` is the definition.
    ///
    /// Inputs: pixels uint8 [P] (0 black, 255 white), a table of images int32 [M, 3], a table of views int32 [V, 7], angles
    /// in degrees float32 [V]; output float32 [V, S, S, 1].
    public struct Resample: OperationRule, Hashable {
        /// How a view is resampled.
        public let augmentation: Augmentation
        /// The width and height of a view, S.
        public let size: Int
        /// The largest width or height of an image.
        public let longestSide: Int
        public var name: String { "resample" }
        public var attributes: String { "\(augmentation), to \(size) x \(size), from at most \(longestSide)" }

        /// The largest width and height of images and views.
        public static let largestExtent = 1024

        /// Makes views of `size` x `size` pixels of images of at most `longestSide`.
        public init(_ augmentation: Augmentation, size: Int, longestSide: Int) {
            (self.augmentation, self.size, self.longestSide) = (augmentation, size, longestSide)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(elements: [.uint8, .int32, .int32, .float32])
            _ = try inputs.shape(0, rank: 1, of: "the pixels")
            _ = try inputs.images(1)
            let views = try inputs.shape(2, rank: 2, of: "the table of views")
            try inputs.expect(2, shape: [views[0], 7], of: "the table of views")
            try inputs.expect(3, shape: [views[0]], of: "the angles")
            for extent in [size, longestSide] where !(1...Self.largestExtent).contains(extent) {
                throw ShapeError("\(attributes) is not within 1 to \(Self.largestExtent)")
            }
            return [TensorType(.float32, [views[0], size, size, 1])]
        }
    }
}

extension Array where Element == TensorType {
    /// The number of rows of input `index`, a table of images.
    fileprivate func images(_ index: Int) throws(ShapeError) -> Int {
        let count = try shape(index, rank: 2, of: "the table of images")[0]
        try expect(index, shape: [count, 3], of: "the table of images")
        return count
    }
}
