// Values and gradients of every objective against PyTorch's in double precision.

import Autodiff
import Execution
import GraphIR
import Objectives
import TensorCore
import Testing

@Suite("Objectives: PyTorch's values and gradients")
struct ObjectiveGoldenTests {
    /// How far from PyTorch's float64 a value and a gradient may lie, as a fraction. The logits of `sharp` and `large`
    /// are in the hundreds and thousands, and float32 knows them to that many times its precision.
    static let cases: [(name: String, limit: Double)] = [
        ("small", 5e-6), ("pair", 5e-6), ("warm", 5e-6), ("sharp", 2e-4), ("large", 2e-4), ("identical", 5e-6),
    ]

    @Test("agree", arguments: cases, BackendUnderTest.all)
    func agree(wanted: (name: String, limit: Double), backend: BackendUnderTest) throws {
        let golden = try Golden("objectives")
        let graph = try ObjectiveGraph(golden, wanted.name)
        let outputs = try backend.open().compile(graph.finished).run(graph.given)
        #expect(graph.checks.count == 4 + 3 + 2 + 4)
        for check in graph.checks {
            let value = try #require(outputs["\(check.name).value"]).number
            let expected = try golden.number("\(check.name).value.float64")
            #expect(
                abs(value - expected) <= wanted.limit * max(abs(expected), 1), "\(check.name): \(value), \(expected)")
            for input in check.inputs {
                let name = "\(check.name).gradient.\(input)"
                let gradient = try #require(outputs[name]).doubles
                let parted = distance(gradient, from: try golden.doubles("\(name).float64"), floor: check.gradientFloor)
                #expect(parted <= wanted.limit, "\(name): \(parted)")
            }
        }
    }
}

/// One graph with every objective on the inputs of one case.
private struct ObjectiveGraph {
    /// An objective under its name in the file, with the inputs that it has gradients by.
    struct Check {
        let name: String
        let inputs: [String]
        /// The least norm that a gradient is measured by: that of its terms where they cancel.
        let gradientFloor: Double
    }

    let finished: Graph
    let given: [String: Tensor]
    private(set) var checks: [Check] = []

    init(_ golden: Golden, _ name: String) throws {
        let builder = GraphBuilder()
        var given: [String: Tensor] = [:]
        var values: [String: Value] = [:]
        for input in ["raw1", "raw2", "z1", "z2", "r1", "r2", "s1", "s2"] {
            let tensor = try golden.tensor("\(name).\(input)")
            given[input] = tensor
            values[input] = builder.input(input, tensor.shape)
        }
        self.given = given
        let count = Double(try #require(given["raw1"]).shape[0])
        let temperature = Float(try golden.number("\(name).temperature"))

        var checks: [Check] = []
        func add(_ suffix: String, _ objective: Objective, features: [String], inputs: [String]) throws {
            let reconstructions = Value.concatenate([try #require(values["r1"]), try #require(values["r2"])])
            let views = ViewPair(
                features: .concatenate(try features.map { try #require(values[$0]) }),
                images: .concatenate([try #require(values["s1"]), try #require(values["s2"])])
            ) { _ in reconstructions }
            let loss = objective.loss(of: views)
            builder.output("\(name).\(suffix).value", loss)
            let gradients = loss.gradients(withRespectTo: try inputs.map { try #require(values[$0]) })
            for (input, gradient) in zip(inputs, gradients) {
                builder.output("\(name).\(suffix).gradient.\(input)", gradient)
            }
            let scale = norm(try #require(given[features[0]]))
            checks.append(.init(name: "\(name).\(suffix)", inputs: inputs, gradientFloor: scale / count))
        }
        let (raw, unit) = (["raw1", "raw2"], ["z1", "z2"])
        for kind in ContrastiveObjective.Kind.allCases {
            let t = kind == .infoNCE ? 1 : temperature
            if kind == .infoNCE { try add("infoNCE", .contrastive(.init(kind)), features: raw, inputs: raw) }
            for (form, features, normalize) in [("unit", unit, false), ("normalized", raw, true)] {
                let objective = ContrastiveObjective(kind, temperature: t, normalize: normalize)
                try add("\(kind.rawValue).\(form)", .contrastive(objective), features: features, inputs: features)
            }
        }
        for kind in InversePredictiveObjective.allCases {
            try add("\(kind.rawValue).normalized", .inversePredictive(kind), features: raw, inputs: raw)
        }
        for kind in ForwardPredictiveObjective.allCases {
            try add(kind.rawValue, .forwardPredictive(kind), features: raw, inputs: ["r1", "r2"])
        }
        self.checks = checks
        finished = try builder.finish()
    }
}

private func norm(_ tensor: Tensor) -> Double {
    tensor.doubles.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
