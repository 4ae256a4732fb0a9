// A contrastive loss with its gradient as a piece of work, and how long it took: a row of `diptych bench infonce`.

import Diptych

/// A contrastive loss of random features, and its gradient.
struct ContrastiveWork {
    let kind: ContrastiveObjective.Kind
    /// The rows of a matrix of scores: N.
    let rows: Int
    /// D.
    let features: Int

    /// 6 N^2 D for each matrix of scores: the scores, and the gradients by both factors.
    var operations: Int {
        switch kind {
        case .infoNCE, .ntXent: 6 * rows * rows * features
        case .jensenShannon: 3 * 6 * rows * rows * features
        }
    }

    /// The shape of the features of both views. NT-Xent compares all of them with all; the others one view with one.
    private var shape: Shape {
        switch kind {
        case .ntXent: [rows, features]
        case .infoNCE, .jensenShannon: [2 * rows, features]
        }
    }

    /// The elements of the features.
    var elements: Int { kind == .ntXent ? rows * features : 2 * rows * features }

    /// From the features to the loss and its gradient.
    func graph() throws -> Graph {
        let builder = GraphBuilder()
        let features = builder.input("features", shape)
        let loss = ContrastiveObjective(kind).loss(of: ViewPair(features: features, images: features) { $0 })
        builder.output("loss", loss)
        builder.output("gradient", loss.gradients(withRespectTo: [features])[0])
        return try builder.finish()
    }

    /// Rows about as long as 1.
    func inputs() -> [String: Tensor] {
        let largest = (3 / Float(features)).squareRoot()
        var generator = CounterGenerator(seed: 0, stream: 1)
        return ["features": Tensor(shape, generator.nextUniforms(shape.count, -largest, largest))]
    }

    /// The larger of the errors of loss and gradient, norm over norm; infinite where a result is not finite.
    func relativeError(on backend: some Backend, against reference: some Backend) throws -> Double {
        let (graph, inputs) = (try graph(), inputs())
        let computed = try backend.compile(graph).run(inputs)
        return try reference.compile(graph).run(inputs).reduce(0) { largest, expected in
            guard let tensor = computed[expected.key], tensor.floats.allSatisfy(\.isFinite) else { return .infinity }
            return max(largest, tensor.compared(to: expected.value, within: Tolerance(terms: rows)).relativeError)
        }
    }
}

/// How long it took.
struct ContrastiveTiming {
    let work: ContrastiveWork
    let medianSeconds: Double
    let plannedBytes: Int
    /// The most memory that the process held so far.
    let peakResidentBytes: Int?
    /// GFLOP/s of fused multiply-adds at the time; `nil` for the reference.
    let ceiling: Double?

    /// Times `work`: the median of `runs` runs after one to warm up. The ceiling is the median of those that `probe` finds
    /// just before each run.
    init(_ work: ContrastiveWork, runs: Int, on backend: some Backend, beside probe: ArithmeticProbe?) throws {
        let program = try backend.compile(try work.graph())
        let inputs = work.inputs()
        _ = try program.run(inputs)
        var seconds: [Double] = []
        var ceilings: [Double] = []
        for _ in 0..<runs {
            if let probe { ceilings.append(try probe.gigaflops(rounds: 1)) }
            let start = monotonicSeconds()
            _ = try program.run(inputs)
            seconds.append(monotonicSeconds() - start)
        }
        (self.work, medianSeconds, plannedBytes) = (work, median(seconds), program.plannedBytes)
        ceiling = ceilings.isEmpty ? nil : median(ceilings)
        peakResidentBytes = ProcessFacts.peakResidentBytes
    }

    private var gigaflops: Double { Double(work.operations) / medianSeconds * 1e-9 }

    static func table(_ rows: [ContrastiveTiming]) -> String {
        var table = Table([
            .number("rows"), .number("median ms"), .number("GFLOP/s"), .number("ceiling"), .number("share"),
            .number("planned MiB"), .number("peak MiB"),
        ])
        for row in rows {
            table.add([
                String(row.work.rows), fixed(row.medianSeconds * 1e3, 2), fixed(row.gigaflops, 1),
                row.ceiling.map { fixed($0, 1) } ?? "",
                row.ceiling.map { fixed(100 * row.gigaflops / $0, 0) + "%" } ?? "",
                String(row.plannedBytes >> 20), row.peakResidentBytes.map { String($0 >> 20) } ?? "",
            ])
        }
        return table.text
    }

    var json: JSONValue {
        [
            "rows": .integer(work.rows), "medianSeconds": .number(medianSeconds), "gigaflops": .number(gigaflops),
            "ceilingGigaflops": ceiling.map { .number($0) } ?? nil,
            "share": ceiling.map { .number(gigaflops / $0) } ?? nil, "plannedBytes": .integer(plannedBytes),
            "peakBytes": peakResidentBytes.map { .integer($0) } ?? nil,
        ]
    }
}
