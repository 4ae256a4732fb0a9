// The definitions of views: what the host would draw, and how it would resample.

import GraphIR
import Imaging
import TensorCore

extension Op.DrawViews {
    func evaluate(items: Tensor, step: Tensor, images: Tensor) -> [Tensor] {
        let (table, step) = (images.integers, Int(UInt32(bitPattern: step.integers[0])))
        var (rows, angles): ([Int32], [Float]) = ([], [])
        for view in 0..<2 {
            for item in items.integers.map({ Int($0) }) {
                let image = item * drawing.imagesPerItem + drawing.image(ofItem: item, step: step, view: view)
                let parameters = drawing.parameters(
                    ofItem: item, step: step, view: view, width: Int(table[3 * image + 1]),
                    height: Int(table[3 * image + 2]))
                let crop = parameters.crop
                rows += [image, parameters.shiftX, parameters.shiftY, crop.x, crop.y, crop.width, crop.height]
                    .map { Int32($0) }
                angles.append(parameters.angle)
            }
        }
        return [Tensor([angles.count, 7], rows), Tensor([angles.count], angles)]
    }
}

extension Op.Resample {
    func evaluate(_ inputs: [Tensor], shape: Shape) -> Tensor {
        let (pixels, table) = (inputs[0].bytes, inputs[1].integers.map { Int($0) })
        let (views, angles) = (inputs[2].integers.map { Int($0) }, inputs[3].floats)
        return makeRows(shape, width: size * size) { row, output in
            let view = views[7 * row..<7 * row + 7].map { $0 }
            let (place, width, height) = (table[3 * view[0]], table[3 * view[0] + 1], table[3 * view[0] + 2])
            let image = GrayImage(width: width, height: height, pixels: Array(pixels[place..<place + width * height]))
            let parameters = ViewParameters(
                angle: angles[row], shiftX: view[1], shiftY: view[2],
                crop: PixelRectangle(x: view[3], y: view[4], width: view[5], height: view[6]))
            let ink = makeView(of: image, parameters, augmentation: augmentation, size: size)
            for (index, value) in ink.enumerated() { output[index] = Float(value) / 255 }
        }
    }
}
