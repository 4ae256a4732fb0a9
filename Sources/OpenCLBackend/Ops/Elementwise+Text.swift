// The kernel text of each elementwise operation; the functions that it calls are in `elementwise.cl`.

import GraphIR
import TensorCore

extension Op {
    /// The operation on `operands`, as an expression; only for elementwise operations.
    func text(_ operands: [String], _ types: [ElementType]) -> String {
        switch self {
        case .unary(let op): op.text(operands[0])
        case .binary(let op): op.text(operands[0], operands[1])
        case .select: "(\(operands[0]) != 0.0f ? \(operands[1]) : \(operands[2]))"
        case .cast(let op): op.text(operands[0], from: types[0])
        case .broadcast: operands[0]
        case .input, .variable, .constant, .random, .drawViews, .resample, .reshape, .transpose, .concatenate, .slice,
            .pad, .reduce, .logSumExp, .gatherRows, .scatterAddRows, .oneHot, .topK, .matrixProduct, .scoreReduction,
            .scoreReductionBackward, .convolution, .convolutionBackwardInput, .convolutionBackwardFilter,
            .batchNormalization, .batchNormalizationBackward, .maxPool, .maxPoolBackward, .averagePool,
            .averagePoolBackward, .adam, .momentum, .custom:
            preconditionFailure("\(name) is no elementwise operation")
        }
    }
}

extension Op.Unary {
    func text(_ x: String) -> String {
        switch self {
        case .negate: "-\(x)"
        case .exp: "exp(\(x))"
        case .log: "log(\(x))"
        case .sqrt: "sqrt(\(x))"
        case .reciprocal: "1.0f / \(x)"
        case .tanh: "tanh(\(x))"
        case .softplus: "softplus(\(x))"
        case .relu: "relu(\(x))"
        case .absolute: "fabs(\(x))"
        }
    }
}

extension Op.Binary {
    func text(_ a: String, _ b: String) -> String {
        switch self {
        case .add: "\(a) + \(b)"
        case .subtract: "\(a) - \(b)"
        case .multiply: "\(a) * \(b)"
        case .divide: "\(a) / \(b)"
        case .maximum: "larger(\(a), \(b))"
        case .minimum: "smaller(\(a), \(b))"
        case .greater: "\(a) > \(b) ? 1.0f : 0.0f"
        case .equal: "\(a) == \(b) ? 1.0f : 0.0f"
        }
    }
}

extension Op.Cast {
    func text(_ x: String, from source: ElementType) -> String {
        switch (source, element) {
        case (.float32, .float32), (.int32, .int32), (.uint8, .uint8): x
        case (.int32, .float32), (.uint8, .float32): "convert_float(\(x))"
        case (.uint8, .int32): "convert_int(\(x))"
        case (.int32, .uint8): "convert_uchar_sat(\(x))"
        case (.float32, .int32): "to_int(\(x))"
        case (.float32, .uint8): "to_uchar(\(x))"
        }
    }
}
