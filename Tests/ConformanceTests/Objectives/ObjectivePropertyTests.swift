// What holds of objectives on any batch: order, bounds, limits, sums, warnings.

import Autodiff
import Execution
import Foundation
import GraphIR
import Objectives
import TensorCore
import Testing

@Suite("Objectives: properties")
struct ObjectivePropertyTests {
    @Test("the order of the pairs does not matter", arguments: BackendUnderTest.all)
    func permutation(backend: BackendUnderTest) throws {
        let pairs = Pairs.random(7, 6, seed: 3)
        let objectives = ObjectiveKind.all.map(\.objective)
        let given = try pairs.losses(objectives, on: backend.open())
        let permuted = try pairs.permuted([4, 0, 6, 2, 1, 5, 3]).losses(objectives, on: backend.open())
        for (kind, (a, b)) in zip(ObjectiveKind.all, zip(given, permuted)) {
            #expect(abs(a - b) <= 2e-6 * max(abs(a), 1), "\(kind.name): \(a), permuted \(b)")
        }
    }

    @Test("who is whose partner does", arguments: BackendUnderTest.all)
    func partners(backend: BackendUnderTest) throws {
        var pairs = Pairs.random(7, 6, seed: 3)
        let objectives = ObjectiveKind.all.map(\.objective)
        let given = try pairs.losses(objectives, on: backend.open())
        let order = [4, 0, 6, 2, 1, 5, 3]
        (pairs.s, pairs.images[1]) = (pairs.s.rows(order), pairs.images[1].rows(order))
        let exchanged = try pairs.losses(objectives, on: backend.open())
        for (kind, (a, b)) in zip(ObjectiveKind.all, zip(given, exchanged)) {
            #expect(abs(a - b) > 1e-3, "\(kind.name): \(a), with other partners \(b)")
        }
    }

    @Test("infoNCE is at least -log n, and comes close", arguments: [2, 7], BackendUnderTest.all)
    func infoNCEBound(n: Int, backend: BackendUnderTest) throws {
        let bound = -log(Double(n))
        let infoNCE = Objective.contrastive(.init(.infoNCE))
        for seed in 0..<4 {
            let loss = try Pairs.random(n, 5, seed: UInt64(seed)).loss(infoNCE, on: backend.open())
            #expect(loss > bound)
        }
        let rows = (0..<n).map { row in (0..<n).map { $0 == row ? Float(8) : 0 } }
        let loss = try Pairs(x: rows, s: rows).loss(infoNCE, on: backend.open())
        #expect(abs(loss - bound) < 1e-5, "\(loss), bound \(bound)")
    }

    @Test("at a high temperature nothing is told apart", arguments: BackendUnderTest.all)
    func highTemperature(backend: BackendUnderTest) throws {
        let n = 6
        let limits: [ContrastiveObjective.Kind: Double] = [
            .infoNCE: 0, .ntXent: log(Double(2 * n - 1)), .jensenShannon: 2 * log(2),
        ]
        for (kind, limit) in limits {
            let objective = ContrastiveObjective(kind, temperature: 1e5, normalize: true)
            let loss = try Pairs.random(n, 5, seed: 4).loss(.contrastive(objective), on: backend.open())
            #expect(abs(loss - limit) < 2e-5, "\(kind): \(loss), limit \(limit)")
        }
    }

    @Test("at a low temperature the nearest of the others decides", arguments: BackendUnderTest.all)
    func lowTemperature(backend: BackendUnderTest) throws {
        let pairs = Pairs.random(6, 5, seed: 4)
        let temperature = 1e-4
        let ntXent = ContrastiveObjective(.ntXent, temperature: Float(temperature))
        let loss = try pairs.loss(.contrastive(ntXent), on: backend.open())
        let z = unitRows(pairs.x) + unitRows(pairs.s)
        let gaps = z.indices.map { i in
            let others = z.indices.filter { $0 != i }.map { dot(z[i], z[$0]) }
            return (others.max() ?? 0) - dot(z[i], z[(i + 6) % 12])
        }
        let limit = gaps.reduce(0, +) / 12
        #expect(abs(loss * temperature - limit) < 1e-4, "\(loss * temperature), limit \(limit)")
    }

    @Test(
        "loss and gradient hold no number for each pair of rows", arguments: ContrastiveObjective.Kind.allCases,
        BackendUnderTest.all)
    func memory(kind: ContrastiveObjective.Kind, backend: BackendUnderTest) throws {
        func bytes(_ pairs: Int) throws -> Int {
            let builder = GraphBuilder()
            let features = builder.input("features", [2 * pairs, 8])
            let loss = ContrastiveObjective(kind).loss(of: ViewPair(features: features, images: features) { $0 })
            builder.output("gradient", loss.gradients(withRespectTo: [features])[0])
            return try backend.open().plannedBytes(of: builder.finish())
        }
        let (few, many) = (try bytes(4_000), try bytes(8_000))
        #expect(many <= 2 * few, "\(few), twice as many pairs \(many)")
        #expect(many < 4 * 8_000 * 8_000 / 4)
    }

    @Test("NT-Xent knows no scale, infoNCE does", arguments: BackendUnderTest.all)
    func scale(backend: BackendUnderTest) throws {
        let pairs = Pairs.random(5, 4, seed: 5)
        var larger = pairs
        larger.x = Tensor(pairs.x.shape, pairs.x.floats.map { $0 * 16 })
        let kinds: [Objective] = [.contrastive(.init(.ntXent)), .contrastive(.init(.infoNCE))]
        let (given, scaled) = (
            try pairs.losses(kinds, on: backend.open()), try larger.losses(kinds, on: backend.open())
        )
        #expect(abs(given[0] - scaled[0]) < 1e-5)
        #expect(abs(given[1] - scaled[1]) > 0.1)
    }

    @Test("reversedBinaryCrossEntropy falls without end", arguments: BackendUnderTest.all)
    func unbounded(backend: BackendUnderTest) throws {
        var pairs = Pairs.random(3, 4, seed: 6)
        var losses: [Double] = []
        for logit in [Float(0), 10, 1e3, 1e6] {
            pairs.reconstructions = pairs.images.map { Tensor($0.shape, repeating: logit) }
            losses.append(try pairs.loss(.forwardPredictive(.reversedBinaryCrossEntropy), on: backend.open()))
        }
        #expect(losses == losses.sorted(by: >))
        #expect(losses[3] < -1e5)
    }

    @Test("only reversedBinaryCrossEntropy deserves a warning")
    func warnings() {
        for kind in ObjectiveKind.all where kind.name != "reversedBinaryCrossEntropy" {
            #expect(kind.objective.warning == nil, "\(kind.name)")
        }
        #expect(
            Objective.forwardPredictive(.reversedBinaryCrossEntropy).warning
                == "reversedBinaryCrossEntropy is unbounded below: it pushes the logits of ink to infinity, and the "
                + "loss falls without end; binaryCrossEntropy is the bounded form")
    }

    @Test("a weighted objective is the sum of its terms", arguments: BackendUnderTest.all)
    func weightedSum(backend: BackendUnderTest) throws {
        let weighted = WeightedObjective([
            (0.5, .contrastive(.init(.ntXent))), (0.005, .forwardPredictive(.squaredErrorInLogits)),
            (10, .inversePredictive(.elementMean)),
        ])
        #expect(weighted.reconstructs)
        #expect(!WeightedObjective([(1, .inversePredictive(.squaredNorm))]).reconstructs)
        let pairs = Pairs.random(5, 4, seed: 7)
        let builder = GraphBuilder()
        let constants = (pairs.x, pairs.s, pairs.images, pairs.reconstructions)
        let views = ViewPair(
            features: builder.constant(Tensor([10, 4], constants.0.floats + constants.1.floats)),
            images: builder.constant(Tensor([10, 3, 3, 1], constants.2.flatMap(\.floats)))
        ) { _ in builder.constant(Tensor([10, 3, 3, 1], constants.3.flatMap(\.floats))) }
        let (total, terms) = weighted.loss(of: views)
        #expect(terms.map(\.name) == ["contrastive", "forwardPredictive", "inversePredictive"])
        builder.output("total", total)
        for (name, value) in terms { builder.output(name, value) }
        let outputs = try backend.open().compile(builder.finish()).run([:])
        let alone = try pairs.losses(weighted.terms.map(\.objective), on: backend.open())
        for (term, value) in zip(weighted.terms, alone) {
            let given = try #require(outputs[term.objective.name]).number
            #expect(abs(given - value) <= 2e-6 * max(abs(value), 1), "\(term.objective.name): \(given), alone \(value)")
        }
        let sum = zip(weighted.terms, alone).reduce(0) { $0 + Double($1.0.weight) * $1.1 }
        #expect(abs(try #require(outputs["total"]).number - sum) <= 2e-6 * abs(sum))
    }

    @Test("the contrastive term compares projections, the inverse one features", arguments: BackendUnderTest.all)
    func projections(backend: BackendUnderTest) throws {
        let (features, projected) = (Pairs.random(4, 5, seed: 8), Pairs.random(4, 3, seed: 9))
        let builder = GraphBuilder()
        let views = ViewPair(
            features: builder.constant(Tensor([8, 5], features.x.floats + features.s.floats)),
            projections: builder.constant(Tensor([8, 3], projected.x.floats + projected.s.floats)),
            images: builder.constant(Tensor([8, 1, 1, 1], repeating: 0))
        ) { $0 }
        let (contrastive, inverse) = (Objective.contrastive(.init(.ntXent)), Objective.inversePredictive(.squaredNorm))
        builder.output("contrastive", contrastive.loss(of: views))
        builder.output("inverse", inverse.loss(of: views))
        let outputs = try backend.open().compile(builder.finish()).run([:])
        let wanted = (
            try projected.loss(contrastive, on: backend.open()), try features.loss(inverse, on: backend.open())
        )
        #expect(abs(try #require(outputs["contrastive"]).number - wanted.0) < 1e-5)
        #expect(abs(try #require(outputs["inverse"]).number - wanted.1) < 1e-5)
    }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// The rows of `matrix`, each of unit length.
private func unitRows(_ matrix: Tensor) -> [[Double]] {
    (0..<matrix.shape[0]).map { row in
        let elements = matrix.rows([row]).doubles
        let length = dot(elements, elements).squareRoot()
        return elements.map { $0 / length }
    }
}
