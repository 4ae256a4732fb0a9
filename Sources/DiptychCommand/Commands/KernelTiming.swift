// How long a kernel took, beside the ceilings of its moment: a row of the tables of `diptych bench`.

import Diptych

/// How long a kernel takes, or the kernels that an operation is made of.
struct KernelTiming {
    let operation: String
    let shapes: String
    let medianSeconds: Double
    /// How long the device did nothing before them, where that is known.
    var gapSeconds: Double?
    /// Floating-point operations by the definition, and the bytes that must move.
    let operations: Int
    let bytes: Int
    /// What the device reached at the time.
    let ceilings: Ceilings

    /// The larger of the shares of both ceilings.
    var share: Double {
        ceilings.share(operations: operations, bytes: bytes, seconds: medianSeconds)
    }

    private var gigaflops: Double { Double(operations) / medianSeconds * 1e-9 }
    private var gigabytesPerSecond: Double { Double(bytes) / medianSeconds * 1e-9 }

    static func table(_ rows: [KernelTiming]) -> String {
        let hasGaps = rows.contains { $0.gapSeconds != nil }
        var table = Table(
            [.text("kernel"), .text("shape"), .number("median ms")] + (hasGaps ? [.number("gap ms")] : []) + [
                .number("GFLOP/s"), .number("GB/s"), .number("share"),
            ])
        for row in rows {
            table.add(
                [row.operation, row.shapes, fixed(row.medianSeconds * 1e3, 3)]
                    + (hasGaps ? [fixed((row.gapSeconds ?? 0) * 1e3, 3)] : []) + [
                        fixed(row.gigaflops, 1), fixed(row.gigabytesPerSecond, 1), fixed(100 * row.share, 0) + "%",
                    ])
        }
        return table.text
    }

    var json: JSONValue {
        [
            "operation": .string(operation), "shape": .string(shapes), "medianSeconds": .number(medianSeconds),
            "gapSeconds": gapSeconds.map { .number($0) } ?? nil,
            "gigaflops": .number(gigaflops), "gigabytesPerSecond": .number(gigabytesPerSecond),
            "share": .number(share), "ceilings": ceilings.json,
        ]
    }
}

extension KernelTiming {
    /// Times `sample`: the sum of its kernels, the median of `runs` runs after one to warm up. The ceilings are the
    /// medians of those that `probe` finds just before each run.
    init(_ sample: OperationSample, runs: Int, on backend: OpenCLBackend, beside probe: CeilingProbe) throws {
        let tensors = sample.tensors()
        let graph = try sample.graph(of: tensors)
        let program = try backend.compile(graph)
        for name in graph.variables.keys.sorted() {
            if let value = tensors[name] { try program.write(name, value) }
        }
        let inputs = tensors.filter { graph.inputs[$0.key] != nil }
        _ = try program.run(inputs)
        var seconds: [Double] = []
        var ceilings: [Ceilings] = []
        for _ in 0..<runs {
            ceilings.append(try probe.measure(rounds: 1))
            try program.repeatKernels()
            seconds.append(Double(program.profile.busyNanoseconds) * 1e-9)
        }
        let work = sample.work(of: graph)
        self.init(
            operation: sample.operation, shapes: sample.detail, medianSeconds: median(seconds),
            operations: work.operations, bytes: work.bytes, ceilings: .median(of: ceilings))
    }
}

extension Ceilings {
    /// The median of each.
    static func median(of measured: [Ceilings]) -> Ceilings {
        Ceilings(
            gigaflops: DiptychCommand.median(measured.map(\.gigaflops)),
            gigabytesPerSecond: DiptychCommand.median(measured.map(\.gigabytesPerSecond)))
    }

    var summary: String {
        "ceilings of this device, measured now: \(fixed(gigaflops, 0)) GFLOP/s, \(fixed(gigabytesPerSecond, 1)) GB/s"
    }

    var json: JSONValue {
        ["gigaflops": .number(gigaflops), "gigabytesPerSecond": .number(gigabytesPerSecond)]
    }
}
