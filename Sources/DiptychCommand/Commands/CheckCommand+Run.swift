// `diptych check`: every operation and a training step, on the device and on the reference.

import Diptych

extension CheckCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let names = Set(OperationSample.all.map(\.operation)).union([Self.step])
        if lists {
            try StandardOutput.list(names, json: json)
            return .done
        }
        if let unknown = operations.first(where: { !names.contains($0) }) {
            throw UsageError.invalidValue(
                argument: "--operation",
                reason: "no samples of '\(unknown)'; known are " + names.sorted().joined(separator: ", "),
                command: Self.name)
        }
        let samples = OperationSample.all.filter { sample in
            isWanted(sample.operation) && sample.extent <= (small ? .small : .medium)
        }
        let choice = try BackendChoice(
            device, precision: precision, kernels: kernels, showsCompilation: false, on: console)
        return try check(samples, choice, on: choice.backend, console)
    }

    /// The name of the training step beside those of the operations.
    private static let step = "step"

    private func isWanted(_ name: String) -> Bool { operations.isEmpty || operations.contains(name) }

    private func check(
        _ samples: [OperationSample], _ choice: BackendChoice, on backend: some Backend, _ console: Console
    ) throws -> ExitCode {
        let reference = ReferenceBackend()
        var done = 0
        let rows = CrossCheck.run(samples, variant: seed, on: backend, against: reference) { row in
            done += 1
            console.progress(Progress("checking", done: done, total: samples.count, facts: [("sample", row.sample)]))
            if !row.agrees { console.error("\(row)") }
        }
        console.endProgress()
        let (step, failure) = isWanted(Self.step) ? checkStep(on: backend, against: reference) : (nil, nil)
        for row in step?.differences ?? [] {
            console.error("training step: \(row.name): relative error \(row.relativeError), allowed \(row.bound)")
        }
        if let step, !step.differences.isEmpty {
            console.error("training step: " + (step.firstDifference?.description ?? Self.fusedDifference))
        }
        if let failure { console.error("training step: \(failure)") }
        OpenCLBackend.sealKernelCache()
        var failed = Set(rows.filter { !$0.agrees }.map(\.operation)).sorted()
        if failure != nil || step?.differences.isEmpty == false { failed.append(Self.step) }
        try json ? printJSON(rows, step, failure, failed, choice) : printTable(rows, step)
        if !failed.isEmpty { console.error(Self.advice) }
        return failed.isEmpty ? .done : .failed
    }

    /// The comparison of a training step, or why there is none: what is known of the operations is told all the same.
    private func checkStep(
        on backend: some Backend, against reference: some Backend
    ) -> (StepCheck?, failure: TrainingError?) {
        var sizes = Encoder.Sizes()
        if small { (sizes.channels, sizes.features, sizes.inputSize) = (4, 16, 8) } else { sizes.channels = 32 }
        let objective = WeightedObjective([
            (1, .contrastive(.init(.ntXent))), (0.01, .forwardPredictive(.binaryCrossEntropy)),
            (1, .inversePredictive(.elementMean)),
        ])
        do throws(TrainingError) {
            return (try StepCheck(sizes, objective, pairs: 4, seed: seed, on: backend, against: reference), nil)
        } catch {
            return (nil, error)
        }
    }

    private static let fusedDifference =
        "every node by itself agrees; a launch that computes several nodes at once differs"

    private static let advice = """
        this device computes something else than the reference. Update its driver, or choose another device \
        (`diptych devices`); `--device reference` always works
        """

    private func printTable(_ rows: [CrossCheck.Row], _ step: StepCheck?) throws {
        var table = Table([
            .text("operation"), .number("samples"), .number("differ"), .number("largest relative error"),
        ])
        for operation in Set(rows.map(\.operation)).sorted() {
            let own = rows.filter { $0.operation == operation }
            let error = own.map(\.relativeError).max() ?? 0
            table.add([
                operation, String(own.count), String(own.count { !$0.agrees }), scientific(error),
            ])
        }
        if let step {
            let error = step.rows.map(\.relativeError).max() ?? 0
            table.add([
                "training step", String(step.rows.count), String(step.differences.count),
                scientific(error),
            ])
        }
        try StandardOutput.line(table.text)
    }

    private func printJSON(
        _ rows: [CrossCheck.Row], _ step: StepCheck?, _ failure: TrainingError?, _ failed: [String],
        _ choice: BackendChoice
    ) throws {
        let samples = rows.map { row -> JSONValue in
            [
                "operation": .string(row.operation), "sample": .string(row.sample), "agrees": .bool(row.agrees),
                "relativeError": .number(row.relativeError), "fact": .string("\(row)"),
            ]
        }
        let steps = (step?.rows ?? []).map { row -> JSONValue in
            [
                "name": .string(row.name), "agrees": .bool(row.agrees), "relativeError": .number(row.relativeError),
                "bound": .number(row.bound),
            ]
        }
        let result: JSONValue = [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "samples": .array(samples), "trainingStep": .array(steps),
            "firstDifference": (step?.firstDifference).map { .string("\($0)") } ?? nil,
            "trainingStepFailure": failure.map { .string("\($0)") } ?? nil,
            "failed": .array(failed.map { .string($0) }),
        ]
        try StandardOutput.line(result.line)
    }
}
