// View pairs as one picture.

package import Imaging
package import TensorCore

/// The picture of a batch: each pair side by side, several pairs in a row, every pixel enlarged.
package enum PairGrid {
    private static let scale = 3
    private static let gap = 6
    private static let background: UInt8 = 200

    /// The picture of the first `count` pairs of two tensors of views [N, S, S, 1] in [0, 1]; ink becomes black.
    package static func image(view1: Tensor, view2: Tensor, count: Int, pairsPerRow: Int = 6) -> GrayImage {
        let size = view1.shape[1]
        let tile = size * scale
        let shown = max(min(count, view1.shape[0]), 1)
        let columns = min(pairsPerRow, shown)
        let cell = (width: 2 * tile + gap, height: tile)
        let width = columns * (cell.width + 2 * gap)
        let height = (shown + columns - 1) / columns * (cell.height + 2 * gap)
        var pixels = [UInt8](repeating: background, count: width * height)
        for pair in 0..<shown {
            let (row, column) = (pair / columns, pair % columns)
            for (view, ink) in [view1.floats, view2.floats].enumerated() {
                let left = column * (cell.width + 2 * gap) + gap + view * (tile + gap / 2)
                let top = row * (cell.height + 2 * gap) + gap
                for y in 0..<tile {
                    for x in 0..<tile {
                        let value = ink[(pair * size + y / scale) * size + x / scale]
                        pixels[(top + y) * width + left + x] = UInt8((255 * (1 - min(max(value, 0), 1))).rounded())
                    }
                }
            }
        }
        return GrayImage(width: width, height: height, pixels: pixels)
    }
}
