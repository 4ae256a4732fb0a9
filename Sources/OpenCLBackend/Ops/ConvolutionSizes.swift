// The extents of a convolution, in words for the letters of the kernels.

import GraphIR
import TensorCore

/// The extents of images, filter and results of a convolution.
struct ConvolutionSizes {
    /// N
    let batch: Int
    /// H and W
    let image: (rows: Int, columns: Int)
    /// R and S
    let filter: (rows: Int, columns: Int)
    /// P and Q
    let output: (rows: Int, columns: Int)
    /// C
    let channelsIn: Int
    /// K
    let channelsOut: Int
    let geometry: ConvolutionGeometry

    /// The sizes for images, filter and output of the given shapes.
    init(images: Shape, filter: Shape, output: Shape, _ geometry: ConvolutionGeometry) {
        batch = images[0]
        image = (images[1], images[2])
        self.filter = (filter[0], filter[1])
        self.output = (output[1], output[2])
        (channelsIn, channelsOut) = (images[3], filter[3])
        self.geometry = geometry
    }

    /// N, H, W, C, K, R, S, P, Q, stride, padding: what every kernel of `convolution.cl` takes first.
    var arguments: [Argument] {
        let sizes = [
            batch, image.rows, image.columns, channelsIn, channelsOut, filter.rows, filter.columns, output.rows,
            output.columns, geometry.stride, geometry.padding,
        ]
        return sizes.map { .int32($0) }
    }

    /// Whether Winograd's F(4x4, 3x3) computes it: the filter is 3x3 and keeps the image's extents.
    var suitsWinograd: Bool {
        filter == (3, 3) && geometry == ConvolutionGeometry(stride: 1, padding: 1)
    }

    /// R S, the places of the filter.
    var filterArea: Int { filter.rows * filter.columns }

    /// R S C K, the elements of the filter.
    var filterCount: Int { filterArea * channelsIn * channelsOut }

    /// Two operations per term, whatever the algorithm and the border; images, filter and output moved once.
    var work: Work {
        let (pixels, results) = (batch * image.rows * image.columns, batch * output.rows * output.columns)
        return Work(
            operations: 2 * results * filterCount,
            bytes: 4 * (pixels * channelsIn + filterCount + results * channelsOut))
    }
}
