// `diptych evaluate`: the accuracy of a checkpoint's features, beside what needs no training.

import Diptych

extension EvaluateCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let choice = try BackendChoice(device, precision: precision, on: console)
        return try evaluate(on: choice.backend, console)
    }

    private func evaluate(on backend: some Backend, _ console: Console) throws -> ExitCode {
        let saved = try SavedWeights(at: checkpoint)
        let sizes = try Encoder.Sizes(of: saved.file)
        let encoder = Encoder(sizes)
        let weights = try Weights(encoder.parameters, from: saved.file, ignoring: Model.Prefix.all)
        let data = try EvaluationData(self, saved, size: sizes.inputSize, console)
        let judge = try Judge(
            data.views, split: data.dataset.evaluationSplit, sizes, data.settings, moment: "offline", on: backend)
        var rows: [(name: String, accuracy: Accuracy)] = []
        if baselines {
            rows.append(("raw pixels", try judge.judgePixels()))
            rows.append(("untrained encoder", try judge.judge(Weights(encoder.parameters, seed: seed))))
        }
        rows.append(("checkpoint", try judge.judge(weights)))
        OpenCLBackend.sealKernelCache()
        let voting = rows[0].accuracy.protocol.neighbours
        if voting < data.settings.neighbours {
            console.warning("\(voting) images are labelled: all of them vote, not \(data.settings.neighbours)")
        }
        try json ? printJSON(rows, data, saved) : printTable(rows, data, saved)
        return .done
    }

    private func printTable(
        _ rows: [(name: String, accuracy: Accuracy)], _ data: EvaluationData, _ saved: SavedWeights
    ) throws {
        var table = Table([.text("representation"), .number("accuracy")])
        for row in rows { table.add([row.name, percentage(row.accuracy.accuracy)]) }
        try StandardOutput.line(
            """
            \(table.text)

            \(rows[0].accuracy.protocol.summary), offline
            data: \(data.summary)
            weights: \(saved.summary)
            """)
    }

    private func printJSON(
        _ rows: [(name: String, accuracy: Accuracy)], _ data: EvaluationData, _ saved: SavedWeights
    ) throws {
        let names = ["raw pixels": "rawPixels", "untrained encoder": "untrained"]
        guard let last = rows.last, case .object(var members) = last.accuracy.json else { return }
        members += [.init("data", .string(data.source.description)), .init("checkpoint", saved.json)]
        members += rows.dropLast().map { .init(names[$0.name] ?? $0.name, $0.accuracy.json) }
        try StandardOutput.line(JSONValue.object(members).line)
    }
}

/// What a checkpoint is judged on: what the command line says, else what its run has.
private struct EvaluationData {
    let source: DataSource
    let dataset: Dataset
    let views: LabelledViews
    let settings: TrainingConfiguration.Evaluation
    /// Whether the run has the same data.
    private let isOfRun: Bool

    init(_ command: EvaluateCommand, _ saved: SavedWeights, size: Int, _ console: Console) throws {
        let configuration = try saved.origin.map {
            try TrainingConfiguration(yaml: $0.configuration, name: "the configuration of \(saved.file.path)")
        }
        guard let named = command.data ?? configuration?.data.source else {
            throw UsageError.invalidValue(
                argument: "--data", reason: "must be named: nothing tells on what \(saved.file.path) was trained",
                command: EvaluateCommand.name)
        }
        let source = try DataSource(argument: named)
        if command.data == nil { console.log("data: \(source), as the run has it") }
        // Where the run's data is no longer there, it is other data.
        isOfRun = configuration.flatMap { try? DataSource(argument: $0.data.source) } == source
        self.source = source
        dataset = try Dataset(source)
        console.warn(of: dataset.skipped)
        guard let views = try dataset.evaluationViews(size: size) else {
            throw UsageError.invalidValue(
                argument: "--data", reason: "\(source) has no labels to judge by: \(dataset.lackOfLabels)",
                command: EvaluateCommand.name)
        }
        self.views = views
        var settings = configuration?.evaluation ?? .init()
        if let neighbours = command.neighbours { settings.neighbours = neighbours }
        if let labelled = command.labelled { settings.labelled = labelled }
        if let obstacle = views.obstacle(labelled: settings.labelled) {
            throw UsageError.invalidValue(
                argument: "--data, --labelled", reason: "\(source) cannot be judged: \(obstacle)",
                command: EvaluateCommand.name)
        }
        self.settings = settings
    }

    /// `glyphs, evaluation split`; of other data, whether training saw it.
    var summary: String {
        switch dataset {
        case .drawings(_, let evaluation): "\(source), \(evaluation.split) split"
        case .images, .pairs: "\(source)" + (isOfRun ? ", which training saw" : "")
        }
    }
}
