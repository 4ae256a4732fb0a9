// `data preview`: view pairs as a person can look at them.

public import Imaging
import TensorCore

extension PairBatch {
    /// The pairs as a sheet of paper: each pair side by side, `columns` pairs to a row, each pixel `scale` times as wide;
    /// grey lines keep the pairs apart.
    public func preview(columns: Int = 8, scale: Int = 3) -> GrayImage {
        precondition(columns > 0 && scale > 0, "PairBatch.preview: \(columns) columns, scale \(scale)")
        let (count, size) = (view1.shape[0], view1.shape[1])
        let across = min(columns, count)
        let cell = (width: 2 * size * scale + 2, height: size * scale + 2)
        let (width, height) = (across * cell.width, (count + across - 1) / across * cell.height)
        var pixels = [UInt8](repeating: 160, count: width * height)
        for pair in 0..<count {
            let corner = (x: pair % across * cell.width + 1, y: pair / across * cell.height + 1)
            for (side, view) in [view1, view2].enumerated() {
                let ink = view.floats[pair * size * size..<(pair + 1) * size * size]
                for y in 0..<size * scale {
                    let row = (corner.y + y) * width + corner.x + side * size * scale
                    for x in 0..<size * scale {
                        let value = ink[ink.startIndex + y / scale * size + x / scale]
                        pixels[row + x] = UInt8((255 * (1 - min(max(value, 0), 1))).rounded())
                    }
                }
            }
        }
        return GrayImage(width: width, height: height, pixels: pixels)
    }
}
