// `diptych tune`: the kernels of a training step, verified, timed, and the fastest kept.

import Diptych

extension TuneCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        if let unknown = operations.first(where: { !KernelChoice.operations.contains($0) }) {
            throw noChoice("'\(unknown)'")
        }
        let configuration = try TrainingConfiguration(file: self.configuration, overrides: overrides)
        let choice = try BackendChoice(
            configuration.device, precision: configuration.precision, memoryLimit: configuration.memoryLimit,
            usesTuning: false, profiling: true, showsCompilation: false, on: console)
        guard let backend = choice.backend as? OpenCLBackend else {
            throw UsageError.invalidValue(
                argument: "--device", reason: "the reference has no kernels to choose from", command: Self.name)
        }
        let graph = try Self.graph(configuration, pairs: configuration.data.batch)
        if lists {
            let names = Set(backend.target.sites(of: graph).map(\.operation)).filter {
                backend.target.candidates(for: $0).count > 1
            }
            try StandardOutput.list(names, json: json)
            return .done
        }
        console.log("computing on the reference what is right")
        let tuner = try Tuner(
            graph, sample: try Self.graph(configuration, pairs: 2), on: backend, operations: operations, runs: runs)
        guard tuner.candidateCount > 0 else {
            throw noChoice(
                operations.isEmpty
                    ? "this device" : operations.map { "'\($0)'" }.joined(separator: ", ") + " of this step")
        }
        var results: [SiteTuning] = []
        try tuner.measure { done, operation, kernel in
            console.progress(
                Progress(
                    "tuning", done: done, total: tuner.candidateCount,
                    facts: [("kernel", "\(operation): \(kernel)")]))
        } result: { result in
            results.append(result)
            for candidate in result.candidates {
                if let fault = candidate.fault { console.warning("\(result.key): \(fault)") }
            }
            // Kept at once: what was measured before an interruption need not be measured again.
            if let kernel = result.choice { try backend.store([result.key: kernel]) }
        }
        console.progress(Progress("tuning", done: tuner.candidateCount, total: tuner.candidateCount))
        console.endProgress()
        OpenCLBackend.sealKernelCache()
        let failed = Set(results.filter { $0.choice == nil }.map(\.operation)).sorted()
        try json ? printJSON(results, failed, choice, backend) : printTable(results)
        console.log("kept in \(backend.tuningPath)")
        for operation in failed { console.error("\(operation): no kernel is right for a node; see `diptych check`") }
        return failed.isEmpty ? .done : .failed
    }

    private func noChoice(_ what: String) -> UsageError {
        .invalidValue(
            argument: operations.isEmpty ? "--device" : "--operation",
            reason: "\(what) has no choice of kernels; " + KernelChoice.operations.joined(separator: ", ")
                + " may have",
            command: Self.name)
    }

    /// The graph of a training step.
    private static func graph(_ configuration: TrainingConfiguration, pairs: Int) throws -> Graph {
        try TrainingGraph.build(
            configuration.model, configuration.weightedObjective, configuration.updateRule, pairs: pairs)
    }

    private func printTable(_ results: [SiteTuning]) throws {
        var table = Table([.text("node"), .text("kernel"), .number("median ms"), .text("others")])
        for result in results {
            let others = result.candidates.filter { $0.choice != result.choice }.map(\.summary)
            table.add([
                result.key, result.choice?.description ?? "none is right",
                result.seconds.map { fixed($0 * 1e3, 3) } ?? "", others.joined(separator: ", "),
            ])
        }
        try StandardOutput.line(table.text)
    }

    private func printJSON(
        _ results: [SiteTuning], _ failed: [String], _ choice: BackendChoice, _ backend: OpenCLBackend
    ) throws {
        let result: JSONValue = [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "runs": .integer(runs),
            "file": .string(backend.tuningPath), "nodes": .array(results.map(\.json)),
            "failed": .array(failed.map { .string($0) }),
        ]
        try StandardOutput.line(result.line)
    }
}

extension SiteTuning {
    fileprivate var json: JSONValue {
        [
            "operation": .string(operation), "node": .string(key),
            "kernel": choice.map { .string($0.description) } ?? nil,
            "candidates": .array(candidates.map(\.json)),
        ]
    }
}

extension SiteTuning.Candidate {
    /// `wide 8x6 12.031 ms`, or why it was not timed.
    fileprivate var summary: String {
        switch outcome {
        case .measured: "\(choice) \(fixed((seconds ?? 0) * 1e3, 3))"
        case .slow: "\(choice) slow"
        case .inexact: "\(choice) wrong"
        case .failed: "\(choice) failed"
        }
    }

    /// What is wrong with it, if something is.
    fileprivate var fault: String? {
        switch outcome {
        case .measured, .slow: nil
        case .inexact(let error): "\(choice) is rejected: its relative error is \(scientific(error))"
        case .failed(let reason): "\(choice) failed: \(reason)"
        }
    }

    fileprivate var json: JSONValue {
        let name = JSONValue.string(choice.description)
        switch outcome {
        case .measured: return ["kernel": name, "medianSeconds": .number(seconds ?? 0)]
        case .slow: return ["kernel": name, "rejected": "slow"]
        case .inexact(let error): return ["kernel": name, "rejected": "inexact", "relativeError": .number(error)]
        case .failed(let reason): return ["kernel": name, "rejected": "failed", "reason": .string(reason)]
        }
    }
}
