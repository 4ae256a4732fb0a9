// `diptych bench kernels`: the paper's shapes, verified, then timed, each between two measurements of the ceilings.

import Diptych

extension BenchKernelsCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let choice = try BackendChoice(
            device, precision: precision, kernels: kernels, profiling: true, showsCompilation: false, on: console)
        guard let backend = choice.backend as? OpenCLBackend else {
            throw UsageError.invalidValue(
                argument: "--device", reason: "the reference has no kernels to time", command: Self.name)
        }
        // What is timed is large; what is verified has the same operations with few images.
        let timed = OperationSample.benchmarks()
        let verified = OperationSample.benchmarks(images: 4, pairs: 20, vectors: 200, side: 200)
        let names = Set(timed.map(\.operation))
        if let unknown = operations.first(where: { !names.contains($0) }) {
            throw UsageError.invalidValue(
                argument: "--operation",
                reason: "'\(unknown)' is not timed; " + names.sorted().joined(separator: ", ") + " are",
                command: Self.name)
        }
        let chosen = timed.indices.filter { operations.isEmpty || operations.contains(timed[$0].operation) }
        let probe = try backend.ceilingProbe()
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
            rows.append(try KernelTiming(timed[index], runs: runs, on: backend, beside: probe))
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        let ceilings = Ceilings.median(of: rows.map(\.ceilings))
        if json {
            try printJSON(rows, ceilings, choice)
        } else {
            try StandardOutput.line(KernelTiming.table(rows))
            try StandardOutput.line("\nmedian of \(runs) runs; " + ceilings.summary)
        }
        return .done
    }

    private func printJSON(_ rows: [KernelTiming], _ ceilings: Ceilings, _ choice: BackendChoice) throws {
        let result: JSONValue = [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "runs": .integer(runs), "ceilings": ceilings.json,
            "kernels": .array(rows.map(\.json)),
        ]
        try StandardOutput.line(result.line)
    }
}
