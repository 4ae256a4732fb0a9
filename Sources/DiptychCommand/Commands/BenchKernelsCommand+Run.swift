// `diptych bench kernels`: the paper's shapes, verified, then timed, beside the ceilings of the device.

import Diptych

extension BenchKernelsCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let choice = try BackendChoice(device, profiling: true, showsCompilation: false, on: console)
        guard let backend = choice.backend as? OpenCLBackend else {
            throw UsageError.invalidValue(
                argument: "--device", reason: "the reference has no kernels to time", command: Self.name)
        }
        // What is timed is large; what is verified has the same operations with few images.
        let timed = OperationSample.benchmarks()
        let verified = OperationSample.benchmarks(images: 4, pairs: 20)
        let chosen = timed.indices.filter { timed[$0].operation == operation ?? timed[$0].operation }
        guard !chosen.isEmpty else {
            throw UsageError.invalidValue(
                argument: "--operation",
                reason: "'\(operation ?? "")' is not timed; "
                    + Set(timed.map(\.operation)).sorted().joined(separator: ", ") + " are", command: Self.name)
        }
        console.log("measuring the ceilings")
        let ceilings = try backend.measureCeilings()
        var rows: [KernelTiming] = []
        for (count, index) in chosen.enumerated() {
            console.progress(
                Progress(
                    "timing", done: count + 1, total: chosen.count, facts: [("kernel", timed[index].operation)]))
            let check = CrossCheck.check(verified[index], on: backend, against: ReferenceBackend())
            guard check.agrees else {
                console.error("not timed, because it is wrong: \(check)")
                return .failed
            }
            rows.append(try KernelTiming(timed[index], runs: runs, on: backend))
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        if json {
            try printJSON(rows, ceilings, choice)
        } else {
            try StandardOutput.line(KernelTiming.table(rows, ceilings))
            try StandardOutput.line("\nmedian of \(runs) runs; " + ceilings.summary)
        }
        return .done
    }

    private func printJSON(_ rows: [KernelTiming], _ ceilings: Ceilings, _ choice: BackendChoice) throws {
        let result: JSONValue = [
            "device": .string(choice.device), "driver": .string(choice.driver), "runs": .integer(runs),
            "ceilings": ceilings.json, "kernels": .array(rows.map { $0.json(ceilings) }),
        ]
        try StandardOutput.line(result.line)
    }
}

/// How long a kernel takes, or the kernels that an operation is made of.
struct KernelTiming {
    let operation: String
    let shapes: String
    let medianSeconds: Double
    let operations: Int
    let bytes: Int

    init(operation: String, shapes: String, medianSeconds: Double, operations: Int, bytes: Int) {
        (self.operation, self.shapes, self.medianSeconds) = (operation, shapes, medianSeconds)
        (self.operations, self.bytes) = (operations, bytes)
    }

    /// Times `sample`: the sum of its kernels, the median of `runs` runs after one to warm up.
    init(_ sample: OperationSample, runs: Int, on backend: OpenCLBackend) throws {
        let graph = try sample.graph()
        let program = try backend.compile(graph)
        let tensors = sample.tensors()
        for name in graph.variables.keys.sorted() {
            if let value = tensors[name] { try program.write(name, value) }
        }
        let inputs = tensors.filter { graph.inputs[$0.key] != nil }
        var seconds: [Double] = []
        for run in 0...runs {
            _ = try program.run(inputs)
            if run > 0 { seconds.append(program.profile.reduce(0) { $0 + Double($1.nanoseconds) } * 1e-9) }
        }
        self.init(
            operation: sample.operation, shapes: sample.detail, medianSeconds: median(seconds),
            operations: graph.work.operations, bytes: graph.work.bytes)
    }

    static func table(_ rows: [KernelTiming], _ ceilings: Ceilings) -> String {
        var table = Table([
            .text("kernel"), .text("shape"), .number("median ms"), .number("GFLOP/s"), .number("GB/s"),
            .number("share"),
        ])
        for row in rows {
            table.add([
                row.operation, row.shapes, fixed(row.medianSeconds * 1e3, 3),
                fixed(Double(row.operations) / row.medianSeconds * 1e-9, 1),
                fixed(Double(row.bytes) / row.medianSeconds * 1e-9, 1), fixed(100 * row.share(ceilings), 0) + "%",
            ])
        }
        return table.text
    }

    func share(_ ceilings: Ceilings) -> Double {
        ceilings.share(operations: operations, bytes: bytes, seconds: medianSeconds)
    }

    func json(_ ceilings: Ceilings) -> JSONValue {
        [
            "operation": .string(operation), "shape": .string(shapes), "medianSeconds": .number(medianSeconds),
            "gigaflops": .number(Double(operations) / medianSeconds * 1e-9),
            "gigabytesPerSecond": .number(Double(bytes) / medianSeconds * 1e-9), "share": .number(share(ceilings)),
        ]
    }
}

extension Ceilings {
    var summary: String {
        "ceilings of this device, measured now: \(fixed(gigaflops, 0)) GFLOP/s, \(fixed(gigabytesPerSecond, 1)) GB/s"
    }

    var json: JSONValue {
        ["gigaflops": .number(gigaflops), "gigabytesPerSecond": .number(gigabytesPerSecond)]
    }
}
