// `diptych bench infonce`: a contrastive loss and its gradient over ever more rows, verified, then timed.

import Diptych

extension BenchInfoNCECommand: Command {
    /// The rows that are timed where no number is given.
    private static let usualRows = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]
    /// As many as the reference computes in a second or two, more than a kernel takes at a time.
    private static let verifiedRows = 1600
    /// The error, norm over norm, with which a result counts as right.
    private static let allowedError = 1e-5

    package func run(on console: Console) throws -> ExitCode {
        let sizes = rows.map { [$0] } ?? Self.usualRows
        guard kind != .ntXent || sizes.allSatisfy({ $0.isMultiple(of: 2) }) else {
            throw UsageError.invalidValue(
                argument: "--rows", reason: "\(sizes[0]) is odd: the rows of ntXent are those of two views",
                command: Self.name)
        }
        let work = ContrastiveWork(kind: kind, rows: sizes[sizes.count - 1], features: features)
        guard work.elements <= Int(Int32.max) else {
            throw UsageError.invalidValue(
                argument: "--features",
                reason: "\(features) of \(work.rows) rows are \(work.elements) numbers, more than \(Int32.max)",
                command: Self.name)
        }
        let choice = try BackendChoice(
            device, kernels: kernels, showsCompilation: false, on: console)
        return try bench(sizes, choice, on: choice.backend, console)
    }

    private func bench(
        _ sizes: [Int], _ choice: BackendChoice, on backend: some Backend, _ console: Console
    ) throws -> ExitCode {
        let probe = try (backend as? OpenCLBackend)?.arithmeticProbe()
        let small = ContrastiveWork(
            kind: kind, rows: min(sizes[sizes.count - 1], Self.verifiedRows), features: features)
        let relativeError = try small.relativeError(on: backend, against: ReferenceBackend())
        guard relativeError <= Self.allowedError else {
            console.error("not timed, because it is wrong: \(kind.rawValue) errs by \(scientific(relativeError))")
            return .failed
        }
        var timings: [ContrastiveTiming] = []
        for (count, rows) in sizes.enumerated() {
            console.progress(
                Progress("timing", done: count + 1, total: sizes.count, facts: [("rows", String(rows))]))
            let work = ContrastiveWork(kind: kind, rows: rows, features: features)
            timings.append(try ContrastiveTiming(work, runs: runs, on: backend, beside: probe))
        }
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        if json {
            let result: JSONValue = [
                "device": .string(choice.device), "driver": .string(choice.driver),
                "precision": .string(choice.precision.rawValue), "runs": .integer(runs),
                "kind": .string(kind.rawValue), "features": .integer(features),
                "relativeError": .number(relativeError), "sizes": .array(timings.map(\.json)),
            ]
            try StandardOutput.line(result.line)
        } else {
            try StandardOutput.line(ContrastiveTiming.table(timings))
            try StandardOutput.line(
                "\n\(kind.rawValue), \(features) features; median of \(runs) runs; relative error of \(small.rows) rows "
                    + scientific(relativeError))
        }
        return .done
    }
}
