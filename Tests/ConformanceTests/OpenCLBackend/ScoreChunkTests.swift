// The gradient of reductions over scores on GPUs where the weights of only some rows are held at a time.

import Autodiff
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Chunks of scores on OpenCL", .requiresOpenCL)
struct ScoreChunkTests {
    /// 32 rows, one tile of the weights and their product, take 22,400 bytes with 100 columns, and 18,560 with 70.
    @Test("in chunks of 32 rows, of 64, and all at once", arguments: [1, 45_000, 1 << 20], [false, true])
    func chunks(bytes: Int, ofOneMatrix: Bool) throws {
        var check = GraphComparison()
        check.terms = 400
        check.options.chunkBytes = bytes
        for operation in ["scoreReduction", "scoreReductionBackward"] {
            check.options.kernels[operation] = KernelChoice("tiled 32x32x8/4x4", for: operation)
        }
        let a = check.input(100, 75)
        let b = ofOneMatrix ? a : check.input(70, 75)
        let weights = check.input(100)
        let scores = a.scoreReduction(.logSumExp, with: b, scale: 0.3, excludesDiagonal: ofOneMatrix)
        try check.expectAgreement(
            (scores * weights).sumOfAll().gradients(withRespectTo: ofOneMatrix ? [a] : [a, b]),
            launching: "score_reduction_weights")
    }
}
