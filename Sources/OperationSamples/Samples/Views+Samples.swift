// Samples of views: parameters of every step and size, and resampling of small and odd images under every map.

import GraphIR
import TensorCore

extension OperationSample {
    static let viewDrawings: [OperationSample] =
        [PairSignal.sameCharacter, .augmentation].flatMap { signal in
            [(recipe: "paper", step: Int32(0)), ("paper", 12_345_678), ("wild", 7), ("wild", -1)].map { named in
                OperationSample(
                    "drawViews", "\(signal), the \(named.recipe) recipe, step \(named.step)", safety: 0
                ) { draw in
                    [
                        "items": draw.integers([37], below: 12), "step": Tensor(.scalar, [named.step]),
                        "images": ImageSizes.odd.table(images: 36),
                    ]
                } build: { x in
                    let drawing = ViewDrawing(
                        seed: 0xFEDC_BA98_7654_3210, signal: signal, recipe: named.recipe == "wild" ? .wild : .paper,
                        imagesPerItem: 3)
                    let (views, angles) = x.builder.drawViews(
                        of: x["items"], step: x["step"], images: x["images"], drawing)
                    return ["views": views, "angles": angles]
                }
            }
        }

    static let resamplings: [OperationSample] = Augmentation.allCases.flatMap { augmentation in
        [
            resampling(augmentation, "odd images, the paper's recipe", .odd, views: 8, to: 8) { _ in .paper },
            resampling(augmentation, "odd images, any angle and crop", .odd, views: 12, to: 5) { _ in .wild },
            resampling(augmentation, "enlarged", .tiny, views: 6, to: 16) { _ in .wild },
            resampling(augmentation, "not turned", .odd, views: 6, to: 8) { index in
                var recipe = AugmentationRecipe.paper
                recipe.degrees = index.isMultiple(of: 2) ? 0 : 1e-4
                return recipe
            },
            resampling(augmentation, "drawings", .drawings, .medium, views: 64, to: 28) { _ in .paper },
            resampling(augmentation, "the largest images", .largest, .medium, views: 3, to: 1000) { _ in .wild },
        ]
    }

    /// The `count` views of a step, of drawings.
    static func stepViews(_ count: Int) -> [OperationSample] {
        [Augmentation.authors, .single].map { augmentation in
            resampling(augmentation, "\(count) drawings", .drawings, .benchmark, views: count, to: 28) { _ in .paper }
        }
    }

    /// Views of random images, up to 64 of them, each with parameters of its own; whole numbers on both sides must agree
    /// to the bit.
    private static func resampling(
        _ augmentation: Augmentation, _ detail: String, _ sizes: ImageSizes, _ extent: Extent = .small, views: Int,
        to size: Int, recipe: @escaping @Sendable (Int) -> AugmentationRecipe
    ) -> OperationSample {
        OperationSample("resample", "\(augmentation), \(detail)", extent, safety: 0) { draw in
            let count = min(views, 64)
            let table = sizes.table(images: count)
            var (rows, angles): ([Int32], [Float]) = ([], [])
            for index in 0..<views {
                let image = (views - 1 - index) % count
                let (width, height) = (Int(table.integers[3 * image + 1]), Int(table.integers[3 * image + 2]))
                var generator = CounterGenerator(seed: 11, stream: UInt64(index))
                let view = recipe(index).draw(width: width, height: height, using: &generator)
                let crop = view.crop
                rows += [image, view.shiftX, view.shiftY, crop.x, crop.y, crop.width, crop.height].map { Int32($0) }
                angles.append(view.angle)
            }
            return [
                "pixels": draw.bytes([sizes.pixels(images: count)], below: 256), "images": table,
                "views": Tensor([views, 7], rows), "angles": Tensor([views], angles),
            ]
        } build: { x in
            let op = Op.Resample(augmentation, size: size, longestSide: sizes.longestSide)
            return [
                "y": x["pixels"].resampled(op, images: x["images"], views: x["views"], angles: x["angles"])
            ]
        }
    }
}

/// Widths and heights that images have in turn.
private struct ImageSizes {
    let extents: [(width: Int, height: Int)]

    static let odd = ImageSizes(extents: [(13, 7), (9, 9), (1, 1), (3, 23), (17, 16), (40, 2)])
    static let tiny = ImageSizes(extents: [(3, 4), (1, 2), (5, 5)])
    static let largest = ImageSizes(extents: [(1024, 1024), (1024, 3), (700, 1024)])
    static let drawings = ImageSizes(extents: [(105, 105)])

    var longestSide: Int { extents.reduce(0) { max($0, $1.width, $1.height) } }

    func pixels(images count: Int) -> Int {
        (0..<count).reduce(0) { $0 + extents[$1 % extents.count].width * extents[$1 % extents.count].height }
    }

    func table(images count: Int) -> Tensor {
        let rows = (0..<count).flatMap { index in
            let extent = extents[index % extents.count]
            return [Int32(pixels(images: index)), Int32(extent.width), Int32(extent.height)]
        }
        return Tensor([count, 3], rows)
    }
}

extension AugmentationRecipe {
    /// Any angle, large shifts, and crops of which many do not fit.
    fileprivate static let wild: AugmentationRecipe = {
        var recipe = AugmentationRecipe()
        (recipe.degrees, recipe.shift) = (180, 0.5)
        (recipe.area, recipe.aspect) = (0.1...1, 1 / 7...7)
        return recipe
    }()
}
