// Winograd's convolution for GPUs where not all tiles go through at once.

import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Winograd for GPUs on OpenCL", .requiresOpenCL)
struct WinogradTests {
    /// The 99 tiles take 983,664 bytes; 32, one tile of the product, take 317,952.
    @Test("in chunks of 32, 64 and 99 tiles", arguments: [1, 700_000, 1 << 20])
    func chunks(bytes: Int) throws {
        var check = GraphComparison()
        check.terms = 3000
        check.options.chunkBytes = bytes
        for operation in ["convolution", "convolutionBackwardInput", "convolutionBackwardFilter"] {
            check.options.kernels[operation] = KernelChoice("winograd 32x32x8/4x4", for: operation)
        }
        let (x, w) = (check.input(11, 9, 10, 36), check.input(3, 3, 36, 33))
        let (bias, dy) = (check.input(33), check.input(11, 9, 10, 33))
        let geometry = ConvolutionGeometry(padding: 1)
        try check.expectAgreement(
            [
                x.convolution(w, bias: bias, geometry),
                dy.convolutionBackwardInput(w, geometry, inputShape: x.shape),
                x.convolutionBackwardFilter(dy, geometry, filterShape: w.shape),
            ], launching: "convolution_winograd_gradients")
    }
}
