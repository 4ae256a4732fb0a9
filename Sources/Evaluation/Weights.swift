// A model's variables outside of a graph, and the border where their layout changes: safetensors as PyTorch has them.

public import Execution
public import Layers
public import TensorCore
public import TensorFiles

/// The values of a model's parameters by name, in the engine's layout.
public struct Weights: Sendable {
    /// The parameters, in the order in which they lie on disk.
    public let parameters: [Parameter]
    /// The values by name.
    public private(set) var values: [String: Tensor]

    /// What a counter may hold: a float holds every whole number up to there.
    private static let countable: ClosedRange<Int64> = 0...1 << 24

    /// The first values of `parameters` for `seed`.
    public init(_ parameters: [Parameter], seed: UInt64) {
        self.parameters = parameters
        values = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.initialValue(seed: seed)) })
    }

    /// The values that `program` holds of `parameters`, all of them variables of its graph.
    public init(_ parameters: [Parameter], of program: some Executable) throws(ExecutionError) {
        self.parameters = parameters
        values = [:]
        for parameter in parameters {
            values[parameter.name] = try program.read(parameter.name)
        }
    }

    /// The value of the parameter `name`.
    public subscript(name: String) -> Tensor? { values[name] }

    /// Gives the variables of `program` that are the parameters `wanted` these values; without `wanted`, all parameters of
    /// these weights.
    ///
    /// - Throws: `ExecutionError.variable` for a parameter that these weights lack, or of which `program` has no variable of
    ///   that shape. Counters, which only training has, may be no variables.
    public func load(_ wanted: [Parameter]? = nil, into program: some Executable) throws(ExecutionError) {
        for parameter in wanted ?? parameters {
            guard let value = values[parameter.name] else {
                throw .variable(name: parameter.name, reason: "is not among the weights")
            }
            guard parameter.role != .counter || program.graph.variables[parameter.name] != nil else { continue }
            try program.write(parameter.name, value)
        }
    }

    /// The values as they lie in a file, int64 for counters.
    public func file(metadata: [String: String] = [:]) -> SafetensorsFile {
        var file = SafetensorsFile(metadata: metadata)
        for parameter in parameters {
            guard let value = values[parameter.name] else { continue }
            switch parameter.role {
            case .counter: file.append(parameter.name, integers: [Int64(value.floats[0])], shape: .scalar)
            case .trainable, .runningStatistic: file.append(parameter.name, parameter.fileLayout.toFile(value))
            }
        }
        return file
    }

    /// The values of `parameters` in `file`.
    ///
    /// - Parameter ignoring: prefixes of names that may be in the file without being a parameter.
    /// - Throws: `TensorFileError.malformed` that lists missing and unexpected names; `.badTensor` for a wrong shape,
    ///   or a number that is not finite.
    public init(
        _ parameters: [Parameter], from file: SafetensorsFile, ignoring prefixes: [String] = []
    ) throws(TensorFileError) {
        let wanted = Set(parameters.map(\.name))
        let missing = parameters.map(\.name).filter { file[$0] == nil }
        let unexpected = file.names.filter { name in
            !wanted.contains(name) && !prefixes.contains(where: name.hasPrefix)
        }
        guard missing.isEmpty, unexpected.isEmpty else {
            let facts = [("missing", missing), ("unexpected", unexpected)].filter { !$0.1.isEmpty }
                .map { "\($0.0): \($0.1.joined(separator: ", "))" }
            throw .malformed(file: file.path, reason: facts.joined(separator: "; "))
        }
        self.parameters = parameters
        values = [:]
        for parameter in parameters {
            let stored = try file.tensor(parameter.name)
            guard stored.shape == parameter.fileLayout.fileShape else {
                throw stored.bad("has the shape \(stored.shape), expected \(parameter.fileLayout.fileShape)")
            }
            switch parameter.role {
            case .counter:
                let count = try stored.integers()[0]
                guard Self.countable.contains(count) else {
                    throw stored.bad("is \(count), which is no count of batches from 0 to \(Self.countable.upperBound)")
                }
                values[parameter.name] = Tensor(.scalar, [Float(count)])
            case .trainable, .runningStatistic:
                let numbers = try stored.floats()
                if let place = numbers.firstIndex(where: { !$0.isFinite }) {
                    let indices = stored.shape.indices(at: place)
                    throw stored.bad("holds \(numbers[place]) at \(indices), which is no weight")
                }
                let tensor = Tensor(stored.shape, numbers)
                values[parameter.name] = parameter.fileLayout.toEngine(tensor, shape: parameter.shape)
            }
        }
    }
}

extension Encoder.Sizes {
    /// The sizes of the encoder whose weights `file` holds. The input size is taken from the file's metadata
    /// (`encoder.inputSize`), else it is the smallest that fits, or the paper's 28.
    ///
    /// - Throws: `TensorFileError` where a tensor that tells a size is missing or has another form.
    public init(of file: SafetensorsFile) throws(TensorFileError) {
        self.init()
        let first = try file.tensor("f.0.weight")
        let linear = try file.tensor("f.16.weight")
        guard first.shape.rank == 4, first.shape[0] > 0 else {
            throw first.bad("has the shape \(first.shape), expected [channels, 1, 3, 3]")
        }
        guard linear.shape.rank == 2, linear.shape[0] > 0 else {
            throw linear.bad("has the shape \(linear.shape), expected [features, inputs]")
        }
        channels = first.shape[0]
        features = linear.shape[0]
        let pixels = linear.shape[1] / channels
        let extents = 1...Encoder.Sizes.largestInput / 8
        guard let extent = extents.first(where: { $0 * $0 >= pixels }), extent * extent * channels == linear.shape[1]
        else {
            throw linear.bad("has \(linear.shape[1]) columns, which is no square of pixels times \(channels) channels")
        }
        let stated = file.metadata["encoder.inputSize"].flatMap { Int($0) }
        inputSize = stated ?? (extent == 3 ? 28 : 8 * extent)
        guard inputSize >> 3 == extent else {
            throw linear.bad("does not fit the input size \(inputSize) that the file states")
        }
    }
}
