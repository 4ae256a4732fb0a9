// The gradient of every objective along one random direction, against central differences, on the reference.

import Autodiff
import Execution
import GraphIR
import Layers
import Objectives
import ReferenceBackend
import TensorCore
import Testing
import Training

@Suite("Objectives: gradient checks")
struct ObjectiveGradientTests {
    /// From features to the loss, everything smooth.
    @Test("from features to loss", arguments: ObjectiveKind.all)
    func fromFeatures(kind: ObjectiveKind) throws {
        let (rows, depth) = (10, 12)
        let builder = GraphBuilder()
        let features = builder.variable("features", [rows, depth])
        let matrix = builder.variable("matrix", [depth, 9])
        let views = ViewPair(features: features, images: builder.input("images", [rows, 3, 3, 1])) { unit in
            (unit.matrixProduct(matrix) * 3).tanh().reshape([rows, 3, 3, 1])
        }
        let reconstructs = WeightedObjective([(1, kind.objective)]).reconstructs
        let check = try GradientCheck(
            kind.objective.loss(of: views),
            by: reconstructs ? ["features": features, "matrix": matrix] : ["features": features])
        let starts = [
            "features": GradientCheck.random([rows, depth], -1, 1, stream: 1),
            "matrix": GradientCheck.random([depth, 9], -1, 1, stream: 2),
        ]
        let images = GradientCheck.random([rows, 3, 3, 1], 0, 1, stream: 3)
        try check.expectAgreement(reconstructs ? ["images": images] : [:], from: starts, step: 2e-3, limit: 1e-3)
    }

    /// From all weights of a small model, with one encoder and with two and a head, to the loss, as in training: with kinks, by shorter steps.
    @Test("from weights to loss", arguments: ObjectiveKind.all)
    func fromWeights(kind: ObjectiveKind) throws {
        var sizes = Encoder.Sizes()
        (sizes.inputSize, sizes.channels, sizes.features) = (16, 4, 24)
        let objective = WeightedObjective([(1, kind.objective)])
        try check(Model(sizes, for: objective), kind)
        try check(Model(sizes, for: objective, sharesEncoder: false, head: .mlp(hidden: 10, outputs: 7)), kind)
    }

    private func check(_ model: Model, _ kind: ObjectiveKind) throws {
        let builder = GraphBuilder()
        let shape = model.encoder.imageShape(6)
        let views = model.views(builder.input("x", shape), builder.input("s", shape))
        let trained = model.parameters.filter { $0.role == .trainable }
        let check = try GradientCheck(
            kind.objective.loss(of: views),
            by: Dictionary(uniqueKeysWithValues: trained.map { ($0.name, $0.value(in: builder)) }))
        let starts = Dictionary(uniqueKeysWithValues: trained.map { ($0.name, $0.initialValue(seed: 5)) })
        let given = [
            "x": GradientCheck.random(shape, 0, 1, stream: 4), "s": GradientCheck.random(shape, 0, 1, stream: 5),
        ]
        try check.expectAgreement(given, from: starts, step: 2e-5, limit: 2e-2)
    }
}

/// A loss as a function of variables, and its derivative along one direction, in two ways.
private struct GradientCheck {
    private let graph: Graph
    private let names: [String]

    init(_ loss: Value, by variables: [String: Value]) throws {
        let builder = loss.builder
        names = variables.keys.sorted()
        let values = names.compactMap { variables[$0] }
        builder.output("loss", loss)
        for (name, gradient) in zip(names, loss.gradients(withRespectTo: values)) {
            builder.output("gradient of \(name)", gradient)
        }
        graph = try builder.finish()
    }

    /// Holds the derivative at `starts` along a random direction, as the graph's gradients give it, against a central
    /// difference: within `limit` of what a direction of that length changes on average.
    func expectAgreement(
        _ inputs: [String: Tensor], from starts: [String: Tensor], step: Double, limit: Double
    ) throws {
        let program = try ReferenceBackend().compile(graph)
        let points = try names.map { try #require(starts[$0]) }
        let directions = points.enumerated().map { Self.random($1.shape, -1, 1, stream: UInt64(100 + $0)) }
        func outputs(at offset: Double) throws -> [String: Tensor] {
            for (name, (point, direction)) in zip(names, zip(points, directions)) {
                let moved = zip(point.floats, direction.floats).map { $0 + Float(offset) * $1 }
                try program.write(name, Tensor(point.shape, moved))
            }
            return try program.run(inputs)
        }
        let here = try outputs(at: 0)
        let gradient = try names.flatMap { try #require(here["gradient of \($0)"]).doubles }
        let derivative = zip(gradient, directions.flatMap(\.doubles)).reduce(0) { $0 + $1.0 * $1.1 }
        let (before, after) = (try outputs(at: -step)["loss"], try outputs(at: step)["loss"])
        let difference = (try #require(after).number - (try #require(before).number)) / (2 * step)
        let usual = (gradient.reduce(0) { $0 + $1 * $1 } / 3).squareRoot()
        #expect(
            abs(derivative - difference) <= limit * usual,
            "derivative \(derivative), difference \(difference), usual \(usual)")
    }

    static func random(_ shape: Shape, _ low: Float, _ high: Float, stream: UInt64) -> Tensor {
        var generator = CounterGenerator(seed: 2021, stream: stream)
        return Tensor(shape, (0..<shape.count).map { _ in generator.nextUniform(low, high) })
    }
}
