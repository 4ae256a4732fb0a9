// A sample of an operation: a small graph with hard inputs, which every backend must compute alike.

public import Execution
public import GraphIR
public import TensorCore

/// A graph around one operation (or a composition) with seeded inputs, and what is known of its result: how far two
/// right answers may lie apart, and which inputs have a gradient.
///
/// Samples feed the cross-check of the backends, the gradient check, `diptych check` and `diptych bench kernels`.
public struct OperationSample: Sendable, CustomStringConvertible {
    /// How much there is to compute.
    public enum Extent: String, Sendable, Comparable, CaseIterable {
        /// Little enough for a simulated device (oclgrind).
        case small
        /// Too much for a simulator, little for a processor.
        case medium
        /// The shapes of the paper's encoder: worth timing.
        case benchmark

        /// The order of work.
        public static func < (left: Extent, right: Extent) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .small: 0
            case .medium: 1
            case .benchmark: 2
            }
        }
    }

    /// The operation, or the composition: `convolution`, `softmax`.
    public let operation: String
    /// What is hard in this one: `2 x 5 x 7 x 3, 3 x 3 to 5, stride 2, padding 1`.
    public let detail: String
    /// How much there is to compute.
    public let extent: Extent
    /// How far two right answers may lie apart.
    public let tolerance: Tolerance
    /// The inputs by which the result is differentiated in the gradient check; none where there is nothing to check.
    public let differentiable: [String]
    /// How often the graph runs before its results are compared, so that updates of variables add up.
    public let runs: Int

    let variables: Set<String>
    let gradientOutputs: Set<String>?
    let bytes: Int?
    let drawInputs: @Sendable (inout SampleDraw) -> [String: Tensor]
    let build: @Sendable (SampleValues) -> [String: Value]

    /// Makes a sample of one's own operation: for `CrossCheck`, which holds backends against each other, and
    /// `GradientCheck`.
    ///
    /// - Parameters:
    ///   - operation: the name of the operation.
    ///   - detail: what is hard in this one. It is a part of the name, which seeds the draws.
    ///   - extent: how much there is to compute.
    ///   - terms: the number of terms summed into one element of the result.
    ///   - safety: how many times the expected rounding error is allowed.
    ///   - differentiable: the inputs by which there is a gradient, each far enough from the operation's kinks.
    ///   - gradientOutputs: the outputs that the gradient goes through; all of float32 where none are named.
    ///   - variables: the drawn tensors that are variables of the graph, not inputs.
    ///   - runs: how often the graph runs before its results are compared.
    ///   - bytes: the bytes that must move at least, where reading every input and writing every output once is not enough.
    ///   - inputs: draws the inputs by name, and the variables' first values.
    ///   - build: adds the operation to the graph of the values that it is given, and returns its results by name.
    public init(
        _ operation: String, _ detail: String, _ extent: Extent = .small, terms: Int = 1, safety: Float = 16,
        differentiable: [String] = [], gradientOutputs: Set<String>? = nil, variables: Set<String> = [],
        runs: Int = 1, bytes: Int? = nil, inputs: @escaping @Sendable (inout SampleDraw) -> [String: Tensor],
        build: @escaping @Sendable (SampleValues) -> [String: Value]
    ) {
        (self.operation, self.detail, self.extent) = (operation, detail, extent)
        tolerance = Tolerance(terms: terms, safety: safety)
        (self.differentiable, self.gradientOutputs) = (differentiable, gradientOutputs)
        (self.variables, self.runs, self.bytes) = (variables, runs, bytes)
        (drawInputs, self.build) = (inputs, build)
    }

    /// `convolution: 2 x 5 x 7 x 3, ...`.
    public var name: String { detail.isEmpty ? operation : "\(operation): \(detail)" }

    /// The name.
    public var description: String { name }

    /// The seed of the sample's numbers: the FNV-1a hash of its name, so that samples do not shift each other's.
    public var seed: UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The inputs of a run, and the initial values of the variables, by name; drawn anew at each call, and other ones for
    /// each `variant`.
    public func tensors(variant: UInt64 = 0) -> [String: Tensor] {
        var draw = SampleDraw(seed: seed ^ variant)
        return drawInputs(&draw)
    }

    /// The graph of the sample.
    ///
    /// - Throws: `GraphError` where a shape rule refuses the sample, or it asks for a value that it does not draw: a
    ///   mistake in the sample.
    public func graph() throws(GraphError) -> Graph { try graph(of: tensors()) }

    /// The graph of the sample for `tensors`, which were drawn before: large ones take their time.
    ///
    /// - Throws: as `graph()`.
    public func graph(of tensors: [String: Tensor]) throws(GraphError) -> Graph {
        let builder = GraphBuilder()
        let values = SampleValues(builder, tensors, variables: variables)
        let outputs = build(values)
        for (name, value) in outputs.sorted(by: { $0.key < $1.key }) { builder.output(name, value) }
        return try builder.finish()
    }

    /// How far two right answers may lie apart where a device rounds the factors of products to `precision`: another
    /// tolerance for graphs that multiply.
    func tolerance(at precision: Precision) -> Tolerance {
        var tolerance = tolerance
        let multiplies = (try? graph())?.nodes.contains { Op.products.contains($0.op.name) } ?? false
        if multiplies { tolerance.precision = precision }
        return tolerance
    }

    /// The work of one run of `graph`, which is this sample's.
    public func work(of graph: Graph) -> Work {
        let work = graph.work
        return Work(operations: work.operations, bytes: bytes ?? work.bytes)
    }

    /// Compiles the sample's graph on `backend`, runs it `runs` times, and returns the outputs of the last run together
    /// with the variables, which are named `variable <name>`; the inputs are those of `variant`.
    ///
    /// - Throws: `ExecutionError` from the backend, or `.graph` for a mistake in the sample.
    public func results(on backend: some Backend, variant: UInt64 = 0) throws(ExecutionError) -> [String: Tensor] {
        let tensors = tensors(variant: variant)
        return try results(of: try backend.compile(try executableGraph(of: tensors)), tensors)
    }

    func executableGraph(of tensors: [String: Tensor]) throws(ExecutionError) -> Graph {
        do {
            return try graph(of: tensors)
        } catch {
            throw .graph(error)
        }
    }

    private func results(
        of program: some Executable, _ tensors: [String: Tensor]
    ) throws(ExecutionError) -> [String: Tensor] {
        let wanted = program.graph.variables.keys.sorted()
        for name in wanted {
            if let value = tensors[name] { try program.write(name, value) }
        }
        let inputs = tensors.filter { !variables.contains($0.key) }
        var results: [String: Tensor] = [:]
        for _ in 0..<runs { results = try program.run(inputs) }
        for name in wanted { results["variable \(name)"] = try program.read(name) }
        return results
    }
}

/// The inputs and variables of a sample's graph while it is built.
public struct SampleValues {
    /// The graph.
    public let builder: GraphBuilder
    private let values: [String: Value]

    init(_ builder: GraphBuilder, _ tensors: [String: Tensor], variables: Set<String>) {
        self.builder = builder
        var values: [String: Value] = [:]
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let type = tensor.type
            values[name] =
                variables.contains(name)
                ? builder.variable(name, type.shape, type.element) : builder.input(name, type.shape, type.element)
        }
        self.values = values
    }

    /// The input or variable called `name`; one that the sample does not draw is an error of the graph.
    public subscript(name: String) -> Value {
        if let value = values[name] { return value }
        builder.record(.shape(operation: "sample", inputs: [], reason: "draws no '\(name)'"))
        return builder.constant(0)
    }
}
