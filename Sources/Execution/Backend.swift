// What a backend is: something that makes a graph runnable, and keeps the graph's variables between runs.

public import GraphIR
public import TensorCore

/// A place where graphs run: the reference, or an OpenCL device. Chosen once, by the program's user.
public protocol Backend: Sendable {
    /// What `compile` returns.
    associatedtype Program: Executable

    /// The backend in words, as printed when it is chosen: `reference (CPU)`, or device, platform and driver.
    var name: String { get }

    /// Whether it computes beside the host's processor, with memory of its own: what each step needs had better lie there.
    var isAccelerator: Bool { get }

    /// To what it rounds the factors of products, see `Op.products`.
    var precision: Precision { get }

    /// Makes `graph` runnable: compile once, run often.
    ///
    /// - Throws: `ExecutionError` when memory or the device's compiler fail.
    func compile(_ graph: Graph) throws(ExecutionError) -> Program

    /// The bytes that `graph` would hold, without compiling it.
    ///
    /// - Throws: `ExecutionError.memory` where that is more than there is, or more than the user allows.
    func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int

    /// The same backend with the kernels that `kernelShapes` of an earlier program names, as far as it has them, so that
    /// what it computes has the same bits.
    func keeping(_ kernelShapes: [String: String]) -> Self
}

extension Backend {
    /// A backend is the host's processor unless it says otherwise.
    public var isAccelerator: Bool { false }

    /// A backend that does not say otherwise rounds nothing.
    public var precision: Precision { .float32 }

    /// A backend with one way to compute everything keeps that.
    public func keeping(_ kernelShapes: [String: String]) -> Self { self }
}

/// A graph made runnable, with its variables. Used from one thread at a time.
public protocol Executable: AnyObject {
    /// The graph that runs.
    var graph: Graph { get }

    /// Computes the outputs for `inputs`, then updates the variables.
    ///
    /// - Throws: `ExecutionError.input` for a missing, unknown or wrongly typed input; `.device` when the device fails.
    func run(_ inputs: [String: Tensor]) throws(ExecutionError) -> [String: Tensor]

    /// Begins what `run` does. The next run may begin before the outputs of this one are taken; it finds the variables
    /// that this one leaves, and so does `read`.
    ///
    /// - Throws: as `run`; what fails later is told where the outputs are taken.
    func start(_ inputs: [String: Tensor]) throws(ExecutionError) -> PendingRun

    /// Whether `start` returns before the run is done.
    var runsAhead: Bool { get }

    /// The value of the variable `name`.
    func read(_ name: String) throws(ExecutionError) -> Tensor

    /// Gives the variable `name` the value `tensor`.
    func write(_ name: String, _ tensor: Tensor) throws(ExecutionError)

    /// The bytes that the plan holds for values, variables and scratch.
    var plannedBytes: Int { get }

    /// Which of several kernels was chosen, by operation and sizes: what the last bits depend on besides the device.
    var kernelShapes: [String: String] { get }
}

extension Executable {
    /// A backend that computes where it is called has done the run when this returns.
    public func start(_ inputs: [String: Tensor]) throws(ExecutionError) -> PendingRun {
        let outputs = try run(inputs)
        return PendingRun { outputs }
    }

    /// A backend that computes where it is called is never behind.
    public var runsAhead: Bool { false }

    /// A backend with one way to compute everything has nothing to tell.
    public var kernelShapes: [String: String] { [:] }

    /// Holds `inputs` against what the graph asks for.
    package func check(_ inputs: [String: Tensor]) throws(ExecutionError) {
        let wanted = graph.inputs
        for (name, value) in wanted {
            guard let tensor = inputs[name] else { throw .input(name: name, reason: "is missing") }
            let type = graph.type(of: value)
            guard tensor.type == type else { throw .input(name: name, reason: "is \(tensor.type), expected \(type)") }
        }
        for name in inputs.keys where wanted[name] == nil {
            throw .input(name: name, reason: "is no input of this graph")
        }
    }

    /// The variable `name` of the graph.
    package func variable(_ name: String) throws(ExecutionError) -> ValueID {
        guard let value = graph.variables[name] else { throw .variable(name: name, reason: "does not exist") }
        return value
    }
}

/// A run that has begun.
public struct PendingRun {
    private let wait: () throws(ExecutionError) -> [String: Tensor]

    /// Makes a run whose outputs `wait` waits for.
    public init(_ wait: @escaping () throws(ExecutionError) -> [String: Tensor]) {
        self.wait = wait
    }

    /// Waits until the run is done, and takes its outputs; to be called once.
    ///
    /// - Throws: `ExecutionError.device` when the device has failed.
    public func outputs() throws(ExecutionError) -> [String: Tensor] { try wait() }
}

/// Why a graph could not run.
public enum ExecutionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An input of a run does not fit the graph.
    case input(name: String, reason: String)
    /// The graph itself is wrong.
    case graph(GraphError)
    /// A variable does not exist or has another type.
    case variable(name: String, reason: String)
    /// The device or its driver failed.
    case device(String)
    /// The plan does not fit into memory, or into the part of it that the user allows. Where it is not the whole plan,
    /// `place` tells what of it: `in one buffer`.
    case memory(neededBytes: Int, availableBytes: Int, place: String = "", advice: String)

    /// One line of facts.
    public var description: String {
        switch self {
        case .input(let name, let reason): "input '\(name)' \(reason)"
        case .graph(let error): error.description
        case .variable(let name, let reason): "variable '\(name)' \(reason)"
        case .device(let reason): reason
        case .memory(let needed, let available, let place, let advice):
            "the plan needs \(byteText(needed, .up)) of memory\(place.isEmpty ? "" : " " + place), of "
                + "\(byteText(available, .down)): \(advice)"
        }
    }

    /// What helps where no batch is small enough.
    package static let withoutBatch =
        "fewer encoder.channels, a smaller encoder.inputSize, a higher memoryLimit or a device with more memory would help"
}

/// `bytes` in whole MiB, and what is less than one in bytes.
package func byteText(_ bytes: Int, _ rounding: FloatingPointRoundingRule = .toNearestOrAwayFromZero) -> String {
    bytes < 1 << 20 ? "\(bytes) bytes" : "\(Int((Double(bytes) / 0x1p20).rounded(rounding))) MiB"
}
