// `diptych evaluate`: the accuracy of a checkpoint's features, beside what needs no training.

import Diptych

extension EvaluateCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let choice = try BackendChoice(device, precision: precision, on: console)
        return try evaluate(on: choice.backend)
    }

    private func evaluate(on backend: some Backend) throws -> ExitCode {
        let file = try SafetensorsFile.read(RunFolder.weights(at: checkpoint))
        let sizes = try Encoder.Sizes(of: file)
        let encoder = Encoder(sizes)
        let weights = try Weights(encoder.parameters, from: file, ignoring: Model.Prefix.all)
        let dataset = try Dataset(DataSource(parsing: data))
        guard let views = dataset.evaluationViews(size: sizes.inputSize) else {
            throw UsageError.invalidValue(
                argument: "--data", reason: "\(data) has no labels to judge by", command: Self.name)
        }
        var settings = TrainingConfiguration.Evaluation()
        (settings.neighbours, settings.labelled) = (neighbours, labelled)
        let judge = try Judge(
            views, split: dataset.evaluationSplit, sizes, settings, moment: "offline", on: backend)
        var rows: [(name: String, accuracy: Accuracy)] = []
        if baselines {
            rows.append(("raw pixels", try judge.judgePixels()))
            rows.append(("untrained encoder", try judge.judge(Weights(encoder.parameters, seed: seed))))
        }
        rows.append(("checkpoint", try judge.judge(weights)))
        OpenCLBackend.sealKernelCache()
        try json ? printJSON(rows) : printTable(rows)
        return .done
    }

    private func printTable(_ rows: [(name: String, accuracy: Accuracy)]) throws {
        var table = Table([.text("representation"), .number("accuracy")])
        for row in rows { table.add([row.name, percentage(row.accuracy.accuracy)]) }
        try StandardOutput.line("\(table.text)\n\n\(rows[0].accuracy.protocol.summary), offline")
    }

    private func printJSON(_ rows: [(name: String, accuracy: Accuracy)]) throws {
        let names = ["raw pixels": "rawPixels", "untrained encoder": "untrained"]
        guard let last = rows.last, case .object(var members) = last.accuracy.json else { return }
        members += rows.dropLast().map { .init(names[$0.name] ?? $0.name, $0.accuracy.json) }
        try StandardOutput.line(JSONValue.object(members).line)
    }
}
