// `diptych bench kernels`: the paper's shapes, verified, then timed, each run after the ceilings of its moment.

import Diptych

extension BenchKernelsCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        // What is timed is large; what is verified has the same operations with few images.
        let timed = OperationSample.benchmarks()
        let verified = OperationSample.benchmarks(images: 4, pairs: 20, vectors: 200, side: 200)
        let names = Set(timed.map(\.operation)).sorted()
        if lists {
            try StandardOutput.list(names, json: json)
            return .done
        }
        if let unknown = operations.first(where: { !names.contains($0) }) {
            throw UsageError.invalidValue(
                argument: "--operation",
                reason: "'\(unknown)' is not timed; \(names.joined(separator: ", ")) are", command: Self.name)
        }
        let choice = try BackendChoice(
            device, precision: precision, kernels: kernels, profiling: true, showsCompilation: false, on: console)
        guard let backend = choice.backend as? OpenCLBackend else {
            throw UsageError.invalidValue(
                argument: "--device", reason: "the reference has no kernels to time", command: Self.name)
        }
        let chosen = timed.indices.filter { operations.isEmpty || operations.contains(timed[$0].operation) }
        let probe = try backend.ceilingProbe()
        var rows: [KernelTiming] = []
        var failures: [Failure] = []
        for (count, index) in chosen.enumerated() {
            console.progress(
                Progress(
                    "timing", done: count + 1, total: chosen.count, facts: [("kernel", timed[index].operation)]))
            do {
                let check = CrossCheck.check(verified[index], on: backend, against: ReferenceBackend())
                guard check.agrees else { throw WrongResult(description: "\(check)") }
                rows.append(try KernelTiming(timed[index], runs: runs, on: backend, beside: probe))
            } catch {
                console.error("\(timed[index]) is not timed: \(error)")
                failures.append(Failure(sample: timed[index], reason: "\(error)"))
            }
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        if json {
            try printJSON(rows, failures, choice)
        } else if !rows.isEmpty {
            try StandardOutput.line(KernelTiming.table(rows))
            try StandardOutput.line("\nmedian of \(runs) runs; " + Ceilings.median(of: rows.map(\.ceilings)).summary)
        }
        return failures.isEmpty ? .done : .failed
    }

    /// A kernel that was not timed.
    private struct Failure {
        let sample: OperationSample
        let reason: String
    }

    /// What a kernel computed that is wrong.
    private struct WrongResult: Error, CustomStringConvertible {
        let description: String
    }

    private func printJSON(_ rows: [KernelTiming], _ failures: [Failure], _ choice: BackendChoice) throws {
        let ceilings = rows.isEmpty ? nil : Ceilings.median(of: rows.map(\.ceilings))
        let failed = failures.map { failure -> JSONValue in
            [
                "operation": .string(failure.sample.operation), "shape": .string(failure.sample.detail),
                "reason": .string(failure.reason),
            ]
        }
        let result: JSONValue = [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "runs": .integer(runs),
            "ceilings": ceilings?.json ?? nil, "kernels": .array(rows.map(\.json)), "failures": .array(failed),
        ]
        try StandardOutput.line(result.line)
    }
}
