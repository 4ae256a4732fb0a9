// Holds graphs on the device against the reference.

import Execution
import Foundation
import GraphIR
import OpenCLBackend
import ReferenceBackend
import TensorCore
import Testing

/// One graph written as expressions, run on both backends with the same random inputs.
struct GraphComparison {
    /// What the elements of an input are drawn from.
    enum Values {
        /// Uniform on [-1, 1).
        case signed
        /// Uniform on [0.5, 2).
        case positive
        /// Whole numbers below a bound, as int32.
        case indices(below: Int)
    }

    private let builder = GraphBuilder()
    private var inputs: [String: Tensor] = [:]
    private var generator = CounterGenerator(seed: 2021, stream: 7)
    /// Sums of how many terms the tolerance is for.
    var terms = 64
    var options: OpenCLOptions = {
        var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        options.canaries = true
        return options
    }()

    /// A random input.
    mutating func input(_ extents: Int..., values: Values = .signed) -> Value {
        let shape = Shape(extents)
        let name = "x\(inputs.count)"
        switch values {
        case .signed, .positive:
            let (low, high): (Float, Float) = if case .positive = values { (0.5, 2) } else { (-1, 1) }
            inputs[name] = Tensor(shape, (0..<shape.count).map { _ in generator.nextUniform(low, high) })
            return builder.input(name, shape)
        case .indices(let bound):
            inputs[name] = Tensor(shape, (0..<shape.count).map { _ in Int32(generator.nextInteger(below: bound)) })
            return builder.input(name, shape, .int32)
        }
    }

    /// An input with given elements.
    mutating func input(_ tensor: Tensor) -> Value {
        let name = "x\(inputs.count)"
        inputs[name] = tensor
        return builder.input(name, tensor.shape, tensor.type.element)
    }

    /// A variable that begins with zeros.
    func variable(_ name: String, _ extents: Int...) -> Value { builder.variable(name, Shape(extents)) }

    /// A number.
    func constant(_ value: Float) -> Value { builder.constant(value) }

    /// Runs the graph that returns `values`, `runs` times, and expects both backends to agree each time, on variables,
    /// too; on CPU devices a launch whose label, or whose kernel, is `name` must be among those of the graph.
    func expectAgreement(
        _ values: [Value], updates: [(Value, Value)] = [], runs: Int = 1, launching name: String? = nil
    ) throws {
        for (index, value) in values.enumerated() { builder.output("y\(index)", value) }
        for (variable, value) in updates { builder.update(variable, to: value) }
        let graph = try builder.finish()
        let backend = try OpenCLBackend(OpenCLAvailability.choice, options)
        let device = try backend.compile(graph)
        let reference = try ReferenceBackend().compile(graph)
        if let name, backend.target.kind == .cpu {
            let labels = device.launchLabels.flatMap { $0.components(separatedBy: ": ") }
            #expect(labels.contains(name), "\(labels)")
        }
        let tolerance = Tolerance(terms: terms)
        for run in 0..<runs {
            let (computed, expected) = (try device.run(inputs), try reference.run(inputs))
            for (name, tensor) in expected {
                let comparison = try #require(computed[name]).compared(to: tensor, within: tolerance)
                #expect(
                    comparison.agrees, "run \(run), output \(name): \(comparison)\n\(graph)\n\(device.launchLabels)")
            }
            for name in graph.variables.keys {
                let comparison = try device.read(name).compared(to: reference.read(name), within: tolerance)
                #expect(comparison.agrees, "run \(run), variable \(name): \(comparison)\n\(graph)")
            }
        }
    }
}
