// The list of operations: a closed enum. Every rule that an operation needs is a switch over it without `default`, so
// that the compiler names each place a new operation must fill.

public import TensorCore

/// A primitive of the graph. Each case carries the attributes of its operation; its shape rule and formula are in
/// `Ops/Op+<Name>.swift`.
public enum Op: Sendable {
    // Sources
    case input(Input)
    case variable(Variable)
    case constant(Constant)
    case random(Random)
    case drawViews(DrawViews)
    case resample(Resample)

    // Elementwise
    case unary(Unary)
    case binary(Binary)
    case select(Select)
    case cast(Cast)

    // Movement
    case reshape(Reshape)
    case broadcast(Broadcast)
    case transpose(Transpose)
    case concatenate(Concatenate)
    case slice(Slice)
    case pad(Pad)

    // Rows and reductions
    case reduce(Reduce)
    case logSumExp(LogSumExp)
    case gatherRows(GatherRows)
    case scatterAddRows(ScatterAddRows)
    case oneHot(OneHot)
    case topK(TopK)

    // Linear maps
    case matrixProduct(MatrixProduct)
    case scoreReduction(ScoreReduction)
    case scoreReductionBackward(ScoreReductionBackward)
    case convolution(Convolution)
    case convolutionBackwardInput(ConvolutionBackwardInput)
    case convolutionBackwardFilter(ConvolutionBackwardFilter)

    // Normalization and pooling
    case batchNormalization(BatchNormalization)
    case batchNormalizationBackward(BatchNormalizationBackward)
    case maxPool(MaxPool)
    case maxPoolBackward(MaxPoolBackward)
    case averagePool(AveragePool)
    case averagePoolBackward(AveragePoolBackward)

    // Updates of variables
    case adam(Adam)
    case momentum(Momentum)

    // The door for operations that are not ours
    case custom(any CustomOperation)
}

/// What every operation says of itself.
public protocol OperationRule: Sendable {
    /// The name in a printed graph and in errors: `convolution`.
    var name: String { get }

    /// The attributes as printed after the name: `stride 2, padding 1`; empty where there are none.
    var attributes: String { get }

    /// The shape rule: the types of the outputs for inputs of the given types.
    ///
    /// - Throws: `ShapeError` for a wrong number of inputs, a wrong element type, or shapes that do not go together.
    func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType]
}

extension OperationRule {
    /// No attributes.
    public var attributes: String { "" }
}

/// Why an operation cannot take its inputs; the verifier and the builder add which operation it was.
public struct ShapeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The fact: `expects 2 inputs, got 3`.
    public let description: String

    /// Makes the error that states `description`.
    public init(_ description: String) {
        self.description = description
    }
}

extension Op {
    /// The rule of the operation, whichever it is.
    public var rule: any OperationRule {
        switch self {
        case .input(let op): op
        case .variable(let op): op
        case .constant(let op): op
        case .random(let op): op
        case .drawViews(let op): op
        case .resample(let op): op
        case .unary(let op): op
        case .binary(let op): op
        case .select(let op): op
        case .cast(let op): op
        case .reshape(let op): op
        case .broadcast(let op): op
        case .transpose(let op): op
        case .concatenate(let op): op
        case .slice(let op): op
        case .pad(let op): op
        case .reduce(let op): op
        case .logSumExp(let op): op
        case .gatherRows(let op): op
        case .scatterAddRows(let op): op
        case .oneHot(let op): op
        case .topK(let op): op
        case .matrixProduct(let op): op
        case .scoreReduction(let op): op
        case .scoreReductionBackward(let op): op
        case .convolution(let op): op
        case .convolutionBackwardInput(let op): op
        case .convolutionBackwardFilter(let op): op
        case .batchNormalization(let op): op
        case .batchNormalizationBackward(let op): op
        case .maxPool(let op): op
        case .maxPoolBackward(let op): op
        case .averagePool(let op): op
        case .averagePoolBackward(let op): op
        case .adam(let op): op
        case .momentum(let op): op
        case .custom(let op): op
        }
    }

    /// The name in a printed graph and in errors.
    public var name: String { rule.name }

    /// The names of the operations whose factors a device may round before it multiplies them, see `Precision`.
    public static let products: Set = [
        "convolution", "convolutionBackwardFilter", "convolutionBackwardInput", "matrixProduct",
    ]
}
