// Which samples belong to which operation. Both switches are closed: an operation without samples does not compile.

public import GraphIR

/// The operations of the graph by their names, without attributes: one for each case of `Op`.
public enum OperationStem: String, CaseIterable, Sendable {
    case input, variable, constant, random, drawViews, resample
    case unary, binary, select, cast
    case reshape, broadcast, transpose, concatenate, slice, pad
    case reduce, logSumExp, gatherRows, scatterAddRows, oneHot, topK
    case matrixProduct, scoreReduction, scoreReductionBackward
    case convolution, convolutionBackwardInput, convolutionBackwardFilter
    case batchNormalization, batchNormalizationBackward
    case maxPool, maxPoolBackward, averagePool, averagePoolBackward
    case adam, momentum
    case custom

    /// The samples whose graphs are made around this operation.
    public var samples: [OperationSample] {
        switch self {
        case .input: OperationSample.inputs
        case .variable: OperationSample.variableUpdates
        case .constant: OperationSample.constants
        case .random: OperationSample.randomNumbers
        case .drawViews: OperationSample.viewDrawings
        case .resample: OperationSample.resamplings
        case .unary: OperationSample.unaries
        case .binary: OperationSample.binaries
        case .select: OperationSample.selections
        case .cast: OperationSample.casts
        case .reshape: OperationSample.reshapes
        case .broadcast: OperationSample.broadcasts
        case .transpose: OperationSample.transposes
        case .concatenate: OperationSample.concatenations
        case .slice: OperationSample.slices
        case .pad: OperationSample.pads
        case .reduce: OperationSample.reductions
        case .logSumExp: OperationSample.logSumExps
        case .gatherRows: OperationSample.gathers
        case .scatterAddRows: OperationSample.scatters
        case .oneHot: OperationSample.oneHots
        case .topK: OperationSample.topKs
        case .matrixProduct: OperationSample.matrixProducts
        case .scoreReduction: OperationSample.scoreReductions
        case .scoreReductionBackward: OperationSample.scoreReductionsBackward
        case .convolution: OperationSample.convolutions
        case .convolutionBackwardInput: OperationSample.convolutionsBackwardInput
        case .convolutionBackwardFilter: OperationSample.convolutionsBackwardFilter
        case .batchNormalization: OperationSample.batchNormalizations
        case .batchNormalizationBackward: OperationSample.batchNormalizationsBackward
        case .maxPool: OperationSample.maxPools
        case .maxPoolBackward: OperationSample.maxPoolsBackward
        case .averagePool: OperationSample.averagePools
        case .averagePoolBackward: OperationSample.averagePoolsBackward
        case .adam: OperationSample.adams
        case .momentum: OperationSample.momenta
        case .custom: OperationSample.customs
        }
    }
}

extension Op {
    /// The operation without its attributes.
    public var stem: OperationStem {
        switch self {
        case .input: .input
        case .variable: .variable
        case .constant: .constant
        case .random: .random
        case .drawViews: .drawViews
        case .resample: .resample
        case .unary: .unary
        case .binary: .binary
        case .select: .select
        case .cast: .cast
        case .reshape: .reshape
        case .broadcast: .broadcast
        case .transpose: .transpose
        case .concatenate: .concatenate
        case .slice: .slice
        case .pad: .pad
        case .reduce: .reduce
        case .logSumExp: .logSumExp
        case .gatherRows: .gatherRows
        case .scatterAddRows: .scatterAddRows
        case .oneHot: .oneHot
        case .topK: .topK
        case .matrixProduct: .matrixProduct
        case .scoreReduction: .scoreReduction
        case .scoreReductionBackward: .scoreReductionBackward
        case .convolution: .convolution
        case .convolutionBackwardInput: .convolutionBackwardInput
        case .convolutionBackwardFilter: .convolutionBackwardFilter
        case .batchNormalization: .batchNormalization
        case .batchNormalizationBackward: .batchNormalizationBackward
        case .maxPool: .maxPool
        case .maxPoolBackward: .maxPoolBackward
        case .averagePool: .averagePool
        case .averagePoolBackward: .averagePoolBackward
        case .adam: .adam
        case .momentum: .momentum
        case .custom: .custom
        }
    }
}

extension OperationSample {
    /// Every sample of every operation, then those of compositions and of whole blocks.
    public static let all: [OperationSample] = OperationStem.allCases.flatMap(\.samples) + compositions + blocks

    /// The samples that a simulated device computes in reasonable time.
    public static let small: [OperationSample] = all.filter { $0.extent == .small }
}
