// Objectives where a formula on paper says what comes out.

import Foundation
import Objectives
import TensorCore
import Testing

@Suite("Objectives: closed forms")
struct ObjectiveClosedFormTests {
    static let temperature = 0.1

    /// Identical views, each pair orthogonal to the others: x_i = s_i = e_i.
    @Test("identical views", arguments: [2, 5], BackendUnderTest.all)
    func identicalViews(n: Int, backend: BackendUnderTest) throws {
        let rows = Self.basis(n, of: n)
        let others = Double(n - 1)
        let score = 1 / Self.temperature
        try expect(
            [
                log((exp(1) + others) / Double(n)) - 1,
                log(exp(score) + 2 * others) - score,
                softplus(-score) + softplus(0),
                0, 0,
            ], of: Pairs(x: rows, s: rows), on: backend)
    }

    /// All vectors orthogonal to all others, partners too: x_i = e_i, s_i = e_(n + i).
    @Test("orthogonal views", arguments: [2, 5], BackendUnderTest.all)
    func orthogonalViews(n: Int, backend: BackendUnderTest) throws {
        let rows = Self.basis(2 * n, of: 2 * n)
        try expect(
            [0, log(Double(2 * n - 1)), 2 * softplus(0), 4 / Double(2 * n), 2],
            of: Pairs(x: Array(rows[..<n]), s: Array(rows[n...])), on: backend)
    }

    /// All vectors the same: nothing can be told apart.
    @Test("collapsed views", arguments: [2, 5], BackendUnderTest.all)
    func collapsedViews(n: Int, backend: BackendUnderTest) throws {
        let rows = [[Float]](repeating: [0.6, 0, 0.8], count: n)
        let score = 1 / Self.temperature
        try expect(
            [0, log(Double(2 * n - 1)), softplus(-score) + softplus(score), 0, 0],
            of: Pairs(x: rows, s: rows), on: backend)
    }

    /// Two pairs in the plane, by the angles of their four vectors.
    @Test("two pairs", arguments: BackendUnderTest.all)
    func twoPairs(backend: BackendUnderTest) throws {
        let (x, s) = ([0.3, 1.7], [0.5, 2.9])
        func cosine(_ a: Double, _ b: Double) -> Double { cos(a - b) }
        let inverse = zip(x, s).map { 2 - 2 * cosine($0, $1) }.reduce(0, +) / 2

        let infoNCE = (0...1).map { softplus(cosine(x[$0], s[1 - $0]) - cosine(x[$0], s[$0])) - log(2) }
        let all = x + s
        let ntXent = (0...3).map { i in
            let partner = (i + 2) % 4
            let others = (0...3).filter { $0 != i }
            return log(others.map { exp((cosine(all[i], all[$0]) - cosine(all[i], all[partner])) * 10) }.reduce(0, +))
        }
        let attraction = (0...1).map { softplus(-10 * cosine(x[$0], s[$0])) }.reduce(0, +) / 2
        let cross = (softplus(10 * cosine(x[0], s[1])) + softplus(10 * cosine(x[1], s[0]))) / 2
        let within = softplus(10 * cosine(x[0], x[1])) + softplus(10 * cosine(s[0], s[1]))
        try expect(
            [
                infoNCE.reduce(0, +) / 2, ntXent.reduce(0, +) / 4, attraction + within / 4 + cross / 2,
                2 * inverse / 2, inverse,
            ],
            of: Pairs(x: x.map { [Float(cos($0)), Float(sin($0))] }, s: s.map { [Float(cos($0)), Float(sin($0))] }),
            on: backend)
    }

    /// Reconstructions of one logit against images of one pixel.
    @Test("reconstructions", arguments: BackendUnderTest.all)
    func reconstructions(backend: BackendUnderTest) throws {
        // For each pair: the logit of the other view, and its pixel; both directions are alike.
        let (logits, pixels) = ([2.0, -1.0, 0.5], [0.25, 0.0, 1.0])
        var pairs = Pairs.random(3, 4, seed: 1)
        pairs.reconstructions = [Tensor([3, 1, 1, 1], logits.map { Float($0) })]
        pairs.images = [Tensor([3, 1, 1, 1], pixels.map { Float($0) })]
        pairs.reconstructions += pairs.reconstructions
        pairs.images += pairs.images
        func both(_ term: (Double, Double) -> Double) -> Double {
            2 * zip(logits, pixels).map(term).reduce(0, +) / 3
        }
        let expected = [
            both { ($0 - $1) * ($0 - $1) }, both { softplus($0) - $0 * $1 }, both { softplus($1) - $0 * $1 },
            both { r, s in
                let clamped = min(max(s, 1e-4), 1 - 1e-4)
                return pow(r - log(clamped / (1 - clamped)), 2)
            },
        ]
        let losses = try pairs.losses(ObjectiveKind.forward.map(\.objective), on: backend.open())
        for (kind, (loss, wanted)) in zip(ObjectiveKind.forward, zip(losses, expected)) {
            #expect(abs(loss - wanted) <= 2e-6 * max(abs(wanted), 1), "\(kind.name): \(loss), expected \(wanted)")
        }
    }

    /// Each view is reconstructed from the other, not from itself.
    @Test("reconstruction crosses over", arguments: BackendUnderTest.all)
    func reconstructionCrossesOver(backend: BackendUnderTest) throws {
        var pairs = Pairs.random(4, 4, seed: 2)
        pairs.reconstructions = pairs.images.reversed()
        #expect(try pairs.loss(.forwardPredictive(.squaredError), on: backend.open()) == 0)
    }

    /// Holds all contrastive and inverse losses of unit vectors against `expected`, in the order of the kinds.
    private func expect(_ expected: [Double], of pairs: Pairs, on backend: BackendUnderTest) throws {
        let kinds = ObjectiveKind.contrastive + ObjectiveKind.inverse
        let losses = try pairs.losses(kinds.map(\.objective), on: backend.open())
        for (kind, (loss, wanted)) in zip(kinds, zip(losses, expected)) {
            #expect(abs(loss - wanted) <= 2e-6 * max(abs(wanted), 1), "\(kind.name): \(loss), expected \(wanted)")
        }
    }

    /// The first `count` unit vectors of R^`depth`.
    private static func basis(_ count: Int, of depth: Int) -> [[Float]] {
        (0..<count).map { row in (0..<depth).map { $0 == row ? 1 : 0 } }
    }
}

/// log(1 + e^x).
private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
