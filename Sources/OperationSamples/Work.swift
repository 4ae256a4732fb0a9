// What a graph costs by count, whatever the algorithm: the figures that a benchmark divides by time.

public import GraphIR
package import TensorCore

/// Arithmetic and traffic, counted from the shapes.
public struct Work: Hashable, Sendable {
    /// Floating-point operations; a convolution counts 2 N P Q K C R S, a matrix product 2 M N K, a
    /// reduction of N x M scores of D features 2 N M D, and its gradient 4 N M D.
    public var operations: Int
    /// The bytes that must be read and written at least: the graph's inputs, variables and constants once, its outputs
    /// and updates once.
    public var bytes: Int

    /// Makes the work of `operations` and `bytes`.
    public init(operations: Int, bytes: Int) {
        (self.operations, self.bytes) = (operations, bytes)
    }
}

extension Graph {
    /// The work of one run.
    public var work: Work {
        var operations = 0
        var bytes = 0
        for node in nodes {
            operations += node.op.arithmetic(node.inputs.map(type(of:)), node.types)
            if node.inputs.isEmpty { bytes += node.types.reduce(0) { $0 + $1.byteCount } }
        }
        let results = outputs.map(\.value) + updates.map(\.value)
        return Work(operations: operations, bytes: results.reduce(bytes) { $0 + type(of: $1).byteCount })
    }
}

extension Op {
    /// The floating-point operations of the definition; moving elements is none.
    package func arithmetic(_ inputs: [TensorType], _ outputs: [TensorType]) -> Int {
        func count(_ index: Int) -> Int { inputs[index].shape.count }
        let results = outputs.first?.shape.count ?? 0
        switch self {
        case .input, .variable, .constant, .cast, .reshape, .broadcast, .transpose, .concatenate, .slice, .pad,
            .gatherRows, .oneHot, .maxPoolBackward, .drawViews:
            return 0
        case .random, .resample, .unary, .binary, .select, .averagePoolBackward, .custom: return results
        case .reduce, .scatterAddRows, .topK, .maxPool, .averagePool: return count(0)
        case .logSumExp: return 4 * count(0)
        case .matrixProduct(let op):
            let sizes = op.sizes(inputs[0].shape, inputs[1].shape)
            return 2 * sizes.batch * sizes.rows * sizes.columns * sizes.depth
        case .scoreReduction: return 2 * count(0) * inputs[inputs.count - 1].shape[0]
        case .scoreReductionBackward: return 4 * count(0) * inputs[inputs.count == 5 ? 1 : 0].shape[0]
        case .convolution:
            return 2 * results * inputs[1].shape.extents.dropLast().reduce(1, *)
        case .convolutionBackwardInput:
            return 2 * count(0) * inputs[1].shape.extents.dropLast().reduce(1, *)
        case .convolutionBackwardFilter(let op):
            return 2 * count(1) * op.filterShape.extents.dropLast().reduce(1, *)
        case .batchNormalization: return 7 * count(0)
        case .batchNormalizationBackward: return 9 * count(0)
        case .adam: return 14 * results
        case .momentum: return 6 * results
        }
    }
}
