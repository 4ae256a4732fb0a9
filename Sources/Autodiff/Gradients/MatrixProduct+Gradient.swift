// Gradients of the matrix product: for Y = A B, dA = dY B^T and dB = A^T dY, transposed again where an operand was.

import GraphIR

extension Op.MatrixProduct {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (a, b, dy) = (node.inputs[0], node.inputs[1], node.gradient)
        let left =
            transposeLeft
            ? b.matrixProduct(dy, transposeLeft: transposeRight, transposeRight: true)
            : dy.matrixProduct(b, transposeRight: !transposeRight)
        let right =
            transposeRight
            ? dy.matrixProduct(a, transposeLeft: true, transposeRight: transposeLeft)
            : a.matrixProduct(dy, transposeLeft: !transposeLeft)
        return [left, right]
    }
}
