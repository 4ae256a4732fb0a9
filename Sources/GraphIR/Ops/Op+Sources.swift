// Values that no operation computes: inputs of a run, variables that live between runs, constants.

public import TensorCore

extension Op {
    /// A tensor that each run is given, by name.
    public struct Input: OperationRule, Hashable {
        /// The name under which a run is given it.
        public let inputName: String
        /// Its type.
        public let type: TensorType
        public var name: String { "input" }
        public var attributes: String { "'\(inputName)'" }

        /// Makes the input `inputName` of `type`.
        public init(_ inputName: String, _ type: TensorType) {
            (self.inputName, self.type) = (inputName, type)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(0)
            return [type]
        }
    }

    /// A tensor that lives between runs and is updated at a run's end: a parameter, a moment, a running statistic.
    public struct Variable: OperationRule, Hashable {
        /// The name under which it is read and written from outside.
        public let variableName: String
        /// Its type.
        public let type: TensorType
        public var name: String { "variable" }
        public var attributes: String { "'\(variableName)'" }

        /// Makes the variable `variableName` of `type`; it is zero until it is written.
        public init(_ variableName: String, _ type: TensorType) {
            (self.variableName, self.type) = (variableName, type)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(0)
            return [type]
        }
    }

    /// A tensor known when the graph is built.
    public struct Constant: OperationRule, Hashable {
        /// Its value.
        public let value: Tensor
        public var name: String { "constant" }
        public var attributes: String {
            if case .float32(let elements) = value.storage, elements.count == 1 { return "\(elements[0])" }
            return "..."
        }

        /// Makes the constant `value`.
        public init(_ value: Tensor) {
            self.value = value
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(0)
            return [value.type]
        }
    }

    /// Random numbers: element i is drawn from the words Philox(counter = (i, 0, counter, stream), key = seed), see
    /// `Philox`. One input: the counter, int32 without axes, so that every run draws anew.
    public struct Random: OperationRule, Hashable {
        /// What the numbers are distributed like.
        public enum Distribution: String, Hashable, Sendable {
            /// Uniform on [0, 1): the upper 24 bits of word 0, over 2^24.
            case uniform
            /// Standard normal: sqrt(-2 log(1 - u0)) cos(2 pi u1) for the uniform numbers of words 0 and 1.
            case normal
        }
        /// The distribution of each element.
        public let distribution: Distribution
        /// The extents of the result.
        public let shape: Shape
        /// The seed of the run.
        public let seed: UInt64
        /// What these numbers are for: two values with different streams are independent.
        public let stream: UInt32
        public var name: String { "random" }
        public var attributes: String { "\(distribution.rawValue), seed \(seed), stream \(stream)" }

        /// Makes random numbers of `distribution` in `shape`.
        public init(_ distribution: Distribution, shape: Shape, seed: UInt64, stream: UInt32) {
            (self.distribution, self.shape, self.seed, self.stream) = (distribution, shape, seed, stream)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1, of: .int32)
            try inputs.expect(0, shape: .scalar, of: "the counter")
            return [TensorType(.float32, shape)]
        }
    }
}
