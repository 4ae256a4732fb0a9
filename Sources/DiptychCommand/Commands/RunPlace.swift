// Where a run is written, and whether it goes on from a checkpoint.

import Diptych
import FoundationEssentials

/// The place of a training run: a new folder, or that of a run which goes on.
struct RunPlace {
    private let command: TrainCommand
    private let path: String
    /// The run that goes on.
    private let existing: RunFolder?
    /// The folder of the checkpoint that it goes on from; none where the run was stopped before its first.
    let checkpoint: String?

    /// Finds the place that `command` names.
    ///
    /// - Throws: `TrainingError.file` for a place to resume from where nothing is; `UsageError` for words that name no
    ///   run.
    init(_ command: TrainCommand) throws {
        self.command = command
        let out = command.out
        switch command.resume {
        case .never:
            (existing, checkpoint) = (nil, nil)
            path = out ?? RunFolder.unusedPath(in: "runs", at: Date())
        case .auto:
            guard let out else {
                throw UsageError.invalidValue(
                    argument: "--resume", reason: "auto needs --out DIR, the folder of the run to go on with",
                    command: TrainCommand.name)
            }
            path = out
            existing = RunFolder.exists(at: path) ? try RunFolder.open(path) : nil
            checkpoint = existing?.checkpoints.first?.path
        case .path(let source):
            let saved = try RunFolder.checkpoint(at: source)
            let checkpoints = URL(fileURLWithPath: saved).standardizedFileURL.deletingLastPathComponent()
            let folder = try RunFolder.open(checkpoints.deletingLastPathComponent().path)
            guard out == nil || URL(fileURLWithPath: out ?? "").path == folder.path else {
                throw UsageError.invalidValue(
                    argument: "--out", reason: "a resumed run goes on in its own folder, \(folder.path)",
                    command: TrainCommand.name)
            }
            (path, existing, checkpoint) = (folder.path, folder, saved)
        }
    }

    /// The device that is asked for, to what it is to round factors, and how much of its memory.
    var device: (name: String, precision: Precision, memoryLimit: Int?) {
        get throws(ConfigurationError) {
            let asked = try asked(preset: [])
            return (asked.device, asked.precision, asked.memoryLimit)
        }
    }

    /// Whether a run goes on.
    var goesOn: Bool { existing != nil }

    /// Holds the weights to start from against those that the run which goes on began from. From a checkpoint on nothing is
    /// taken from them, and they need not be named.
    func check(_ initialWeights: RunEnvironment.Checksum?) throws {
        guard let existing, checkpoint == nil || initialWeights != nil else { return }
        let recorded = try existing.initialWeights()
        guard recorded?.sha256 != initialWeights?.sha256 else { return }
        let origin = recorded.map { "the weights \($0.name)" } ?? "its seed"
        let (place, advice) =
            checkpoint.map { ("goes on from \($0)", "leave the option out, or begin a new run in another --out") }
            ?? ("has no checkpoint yet", recorded == nil ? "leave the option out" : "name them again")
        throw UsageError.invalidValue(
            argument: "--init", reason: "the run began from \(origin) and \(place); \(advice)",
            command: TrainCommand.name)
    }

    /// The effective configuration: that of the run that goes on, or the one asked for with `preset` below it.
    ///
    /// - Throws: `ConfigurationError`; `UsageError` where a run that goes on would compute something else, or has lost its
    ///   checkpoints and would begin again over what it tells of itself.
    func configuration(preset: [String]) throws -> TrainingConfiguration {
        let asked = try asked(preset: preset)
        guard let existing else { return asked }
        let saved = try TrainingConfiguration(file: existing.configurationPath)
        let made = checkpoint == nil ? try existing.lastRecordedStep() : 0
        guard made <= saved.training.checkpointEvery else {
            throw UsageError.invalidValue(
                argument: "--resume",
                reason:
                    "the run made \(made) steps and none of its checkpoints is left; begin a new one in another --out",
                command: TrainCommand.name)
        }
        let changed = ConfigurationKey.all.filter { key in
            let mayChange = key.path.hasPrefix("training.") || Self.changeable.contains(key.path)
            return !mayChange && key.write(saved) != key.write(asked)
        }
        guard changed.isEmpty else {
            throw UsageError.invalidValue(
                argument: changed.map(\.path).joined(separator: ", "),
                reason: "a resumed run keeps its configuration; only training.*, "
                    + Self.changeable.joined(separator: ", ") + " may change",
                command: TrainCommand.name)
        }
        return asked
    }

    /// The keys that tell where and how a run computes, not what: a run that goes on may change them, and is told.
    private static let changeable = ["data.placement", "device", "precision", "memoryLimit"]

    /// What the command line asks for. A file tells everything anew; without one, a run that goes on has its own.
    private func asked(preset: [String]) throws(ConfigurationError) -> TrainingConfiguration {
        if let existing, command.configuration == nil {
            return try TrainingConfiguration(file: existing.configurationPath, overrides: command.overrides)
        }
        return try TrainingConfiguration(file: command.configuration, preset: preset, overrides: command.overrides)
    }

    /// The folder of the run: the one that goes on, or a new one.
    func folder(
        _ configuration: TrainingConfiguration, _ environment: RunEnvironment
    ) throws(TrainingError) -> RunFolder {
        if let existing { return existing }
        return try RunFolder.create(at: path, configuration: configuration, environment: environment)
    }
}
