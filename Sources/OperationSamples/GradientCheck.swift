// The gradient check: along one seeded random direction, the graph's gradient against a difference of values.

import Autodiff
public import Execution
import GraphIR
import TensorCore

/// Holds the gradients of the graph against differences of its values, sample by sample and input by input.
///
/// For random weights p of the outputs, f(x) = sum p y(x), and a direction d of -1 and 1, the slope g d along d, with
/// g = df/dx from `Autodiff`, is compared with the central differences D(h) = (f(x + h d) - f(x - h d)) / 2h at h and h/2,
/// combined as (4 D(h/2) - D(h)) / 3, which leaves an error of the order h^4. Values are float32, everything after them
/// is `Double`. A slope along a random direction has the size |g|, so the two may differ by `share` of |g|, and by what
/// the rounding of x (which the step moves between float32 numbers) and of y leaves in a difference over 2h.
public enum GradientCheck {
    /// The larger step: exact in float32, small beside the inputs' size of about 1.
    static let step: Float = 0x1p-6
    /// The part of |g| by which the slopes may differ.
    static let share = 2e-4

    /// What became of one input of one sample.
    public struct Row: Sendable, CustomStringConvertible {
        /// The name of the sample.
        public let sample: String
        /// The input by which its result is differentiated.
        public let input: String
        /// The slope by the graph's gradient.
        public let analytic: Double
        /// The slope by differences.
        public let numeric: Double
        /// How far apart they may lie.
        public let bound: Double
        /// Why there are no slopes, if there are none.
        public let failure: ExecutionError?

        /// Whether the slopes agree.
        public var agrees: Bool { failure == nil && abs(analytic - numeric) <= bound }

        /// The row as one line of facts.
        public var description: String {
            if let failure { return "\(sample), by '\(input)': \(failure)" }
            return "\(sample), by '\(input)': slope \(analytic), by differences \(numeric) +- \(bound)"
        }
    }

    /// Checks every differentiable input of `samples` on `backend`.
    public static func run(
        _ samples: [OperationSample] = OperationSample.all, on backend: some Backend, report: (Row) -> Void = { _ in }
    ) -> [Row] {
        samples.flatMap { sample in
            sample.differentiable.map { input in
                let row = check(sample, by: input, on: backend)
                report(row)
                return row
            }
        }
    }

    /// Checks the gradient of `sample` by its input `input`.
    public static func check(_ sample: OperationSample, by input: String, on backend: some Backend) -> Row {
        do throws(ExecutionError) {
            let slopes = try Slopes(sample, by: input, on: backend)
            return Row(
                sample: sample.name, input: input, analytic: slopes.analytic, numeric: slopes.numeric,
                bound: slopes.bound, failure: nil)
        } catch {
            return Row(sample: sample.name, input: input, analytic: .nan, numeric: .nan, bound: 0, failure: error)
        }
    }
}

private struct Slopes {
    let analytic: Double
    let numeric: Double
    let bound: Double

    init(_ sample: OperationSample, by input: String, on backend: some Backend) throws(ExecutionError) {
        var tensors = sample.tensors()
        guard let start = tensors[input], start.type.element == .float32 else {
            throw .input(name: input, reason: "is no float32 tensor that the sample draws")
        }
        var draw = SampleDraw(seed: sample.seed &+ 1)
        let direction = draw.signs(start.shape).floats
        let graph = try sample.graph(differentiatedBy: input, &draw)

        let program = try backend.compile(graph.graph)
        let results = try program.run(tensors)
        guard let gradient = results["gradient"]?.floats.map(Double.init) else {
            preconditionFailure("\(sample): no gradient among \(results.keys)")
        }
        analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * Double($1.1) }

        func value(at distance: Float) throws(ExecutionError) -> Double {
            tensors[input] = Tensor(start.shape, zip(start.floats, direction).map { $0 + distance * $1 })
            return graph.terms(try program.run(tensors)).reduce(0, +)
        }
        func difference(_ step: Float) throws(ExecutionError) -> Double {
            (try value(at: step) - value(at: -step)) / (2 * Double(step))
        }
        let step = GradientCheck.step
        numeric = (4 * (try difference(step / 2)) - (try difference(step))) / 3

        // Rounding errors of the elements are independent, so that their squares add up.
        let moved = zip(gradient, start.floats).map { $0 * Double($1) }
        let rounding = (length(graph.terms(results)) + length(moved)) * 0x1p-24 / Double(step)
        bound = GradientCheck.share * length(gradient) + 8 * rounding
    }
}

/// A sample's graph with the gradient of a weighted sum of its outputs.
private struct DifferentiatedGraph {
    let graph: Graph
    let weights: [(name: String, factors: [Float])]

    /// The terms p y of the weighted sum of what a run returned.
    func terms(_ results: [String: Tensor]) -> [Double] {
        weights.flatMap { weights in
            zip(results[weights.name]?.floats ?? [], weights.factors).map { Double($0) * Double($1) }
        }
    }
}

/// The Euclidean length.
private func length(_ numbers: [Double]) -> Double {
    numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
}

extension OperationSample {
    fileprivate func graph(
        differentiatedBy input: String, _ draw: inout SampleDraw
    ) throws(ExecutionError) -> DifferentiatedGraph {
        let builder = GraphBuilder()
        let values = SampleValues(builder, tensors(), variables: [])
        var weights: [(name: String, factors: [Float])] = []
        var loss = builder.constant(0)
        for (name, value) in build(values).sorted(by: { $0.key < $1.key }) where value.type.element == .float32 {
            guard gradientOutputs?.contains(name) ?? true else { continue }
            let factors = draw.normal(value.shape)
            weights.append((name, factors.floats))
            builder.output(name, value)
            loss = loss + (value * builder.constant(factors)).sumOfAll()
        }
        builder.output("gradient", loss.gradients(withRespectTo: [values[input]])[0])
        do {
            return DifferentiatedGraph(graph: try builder.finish(), weights: weights)
        } catch {
            throw .graph(error)
        }
    }
}
