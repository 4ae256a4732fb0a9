// Every kind of every objective, and a way to compute their losses on given features.

import Execution
import GraphIR
import Objectives
import TensorCore
import Testing

/// One kind of objective under a name.
struct ObjectiveKind: CustomTestStringConvertible {
    let name: String
    let objective: Objective

    var testDescription: String { name }

    static let contrastive = ContrastiveObjective.Kind.allCases.map {
        ObjectiveKind(name: $0.rawValue, objective: .contrastive(.init($0)))
    }
    static let forward = ForwardPredictiveObjective.allCases.map {
        ObjectiveKind(name: $0.rawValue, objective: .forwardPredictive($0))
    }
    static let inverse = InversePredictiveObjective.allCases.map {
        ObjectiveKind(name: $0.rawValue, objective: .inversePredictive($0))
    }
    static let all = contrastive + forward + inverse
}

/// A batch of pairs as plain numbers, and objectives computed on them.
struct Pairs {
    /// The features of both views, [N, D] each.
    var x: Tensor
    var s: Tensor
    /// The reconstructions and the images of both views, [N, H, W, 1] each.
    var reconstructions: [Tensor] = []
    var images: [Tensor] = []

    init(x: Tensor, s: Tensor) {
        (self.x, self.s) = (x, s)
        images = [Tensor([x.shape[0], 1, 1, 1], repeating: 0), Tensor([x.shape[0], 1, 1, 1], repeating: 0)]
        reconstructions = images
    }

    init(x: [[Float]], s: [[Float]]) {
        self.init(x: Self.matrix(x), s: Self.matrix(s))
    }

    /// Pairs of `count` rows of `depth` numbers on [-1, 1), with images of 3 x 3 pixels, for `seed`.
    static func random(_ count: Int, _ depth: Int, seed: UInt64) -> Pairs {
        var generator = CounterGenerator(seed: seed, stream: 1)
        func tensor(_ shape: Shape, _ low: Float, _ high: Float) -> Tensor {
            Tensor(shape, (0..<shape.count).map { _ in generator.nextUniform(low, high) })
        }
        var pairs = Pairs(x: tensor([count, depth], -1, 1), s: tensor([count, depth], -1, 1))
        pairs.images = [tensor([count, 3, 3, 1], 0, 1), tensor([count, 3, 3, 1], 0, 1)]
        pairs.reconstructions = [tensor([count, 3, 3, 1], -3, 3), tensor([count, 3, 3, 1], -3, 3)]
        return pairs
    }

    /// The same pairs in another order.
    func permuted(_ order: [Int]) -> Pairs {
        var pairs = Pairs(x: x.rows(order), s: s.rows(order))
        pairs.images = images.map { $0.rows(order) }
        pairs.reconstructions = reconstructions.map { $0.rows(order) }
        return pairs
    }

    /// The losses of `objectives` on these pairs, from one graph.
    func losses(_ objectives: [Objective], on backend: any Backend) throws -> [Double] {
        let builder = GraphBuilder()
        func stacked(_ name: String, _ tensors: [Tensor]) -> Value {
            .concatenate(tensors.enumerated().map { builder.input("\(name)\($0)", $1.shape) })
        }
        let reconstruction = stacked("reconstruction", reconstructions)
        let views = ViewPair(features: stacked("features", [x, s]), images: stacked("images", images)) { _ in
            reconstruction
        }
        for (index, objective) in objectives.enumerated() { builder.output("\(index)", objective.loss(of: views)) }
        let graph = try builder.finish()
        let given = [("features", [x, s]), ("images", images), ("reconstruction", reconstructions)]
            .flatMap { name, tensors in tensors.enumerated().map { ("\(name)\($0)", $1) } }
            .filter { graph.inputs[$0.0] != nil }
        let outputs = try backend.compile(graph).run(Dictionary(uniqueKeysWithValues: given))
        return try objectives.indices.map { try #require(outputs["\($0)"]).number }
    }

    /// The loss of `objective` on these pairs.
    func loss(_ objective: Objective, on backend: any Backend) throws -> Double {
        try losses([objective], on: backend)[0]
    }

    private static func matrix(_ rows: [[Float]]) -> Tensor {
        Tensor([rows.count, rows[0].count], rows.flatMap { $0 })
    }
}

extension Tensor {
    /// The rows (of the first axis) at `indices`.
    func rows(_ indices: [Int]) -> Tensor {
        let width = shape.count / shape[0]
        let elements = floats
        return Tensor(
            Shape([indices.count] + shape.extents.dropFirst()),
            indices.flatMap { elements[$0 * width..<($0 + 1) * width] })
    }
}
