// The folder of a run: configuration, environment, metrics, events, checkpoints. A run is never written over.

public import Configuration
public import FoundationEssentials
import Glibc
import TensorFiles

/// The folder of one run. Its `config.yaml` marks it as one, and is written last when it is made.
public struct RunFolder: Hashable, Sendable {
    /// The path of the folder.
    public let path: String

    private enum Name {
        static let configuration = "config.yaml"
        static let environment = "environment.json"
        static let metrics = "metrics.jsonl"
        static let checkpoints = "checkpoints"
    }

    /// Makes the folder `path` of a new run.
    ///
    /// - Throws: `TrainingError.file(.cannotCreate)` where a run, or anything else, is there already.
    public static func create(
        at path: String, configuration: TrainingConfiguration, environment: RunEnvironment
    ) throws(TrainingError) -> RunFolder {
        let run = RunFolder(path: path)
        try filing { () throws(TensorFileError) in
            try DurableFolder.create(path)
            try run.checkVacant()
            try DurableFolder.create(run.checkpointsPath)
            try DurableFile.write(Array(environment.json.lines.utf8), to: run.environmentPath)
            try DurableFile.write(Array(configuration.yaml.utf8), to: run.configurationPath)
        }
        return run
    }

    /// Opens the run in the folder `path`, to resume it.
    ///
    /// - Throws: `TrainingError.file(.cannotOpen)` where there is no run, `.cannotCreate` where it may not be written.
    public static func open(_ path: String) throws(TrainingError) -> RunFolder {
        let run = RunFolder(path: path)
        guard exists(at: path) else {
            throw .file(.cannotOpen(file: run.configurationPath, reason: "no run is there"))
        }
        DurableFile.removeLeftovers(in: run.path)
        DurableFile.removeLeftovers(in: run.checkpointsPath)
        try filing { () throws(TensorFileError) in try DurableFolder.create(run.checkpointsPath) }
        return run
    }

    /// Whether there is a run in the folder `path`.
    public static func exists(at path: String) -> Bool {
        FileManager.default.fileExists(atPath: RunFolder(path: path).configurationPath)
    }

    /// A path in `folder` that nothing has, named after the time: `runs/2026-01-31-174502`.
    public static func unusedPath(in folder: String, at date: Date) -> String {
        let first = folder + "/" + name(of: date)
        var path = first
        var serial = 2
        while FileManager.default.fileExists(atPath: path) {
            path = "\(first)-\(serial)"
            serial += 1
        }
        return path
    }

    /// `date` on the clock of this machine: `2026-01-31-174502`.
    private static func name(of date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970)
        var clock = tm()
        localtime_r(&seconds, &clock)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
            strftime(text.baseAddress!, text.count, "%Y-%m-%d-%H%M%S", &clock)
            return String(cString: text.baseAddress!)
        }
    }

    /// The path of the effective configuration.
    public var configurationPath: String { file(Name.configuration) }

    /// The path of the record of what the run was made with.
    public var environmentPath: String { file(Name.environment) }

    /// The path of the folder of checkpoints.
    public var checkpointsPath: String { file(Name.checkpoints) }

    /// Makes `configuration` the effective one of a run that goes on, longer or on another device.
    public func replaceConfiguration(with configuration: TrainingConfiguration) throws(TrainingError) {
        try filing { () throws(TensorFileError) in
            let yaml = Array(configuration.yaml.utf8)
            let file = try InputFile(configurationPath)
            if try file.read(file.byteCount) != yaml { try DurableFile.write(yaml, to: configurationPath) }
        }
    }

    /// The step of the last whole line of metrics.jsonl; 0 where there is none.
    public func lastRecordedStep() throws(TrainingError) -> Int {
        try filing { () throws(TensorFileError) in try MetricsLog.lastStep(of: file(Name.metrics)) }
    }

    /// Opens metrics.jsonl to go on after `step`; the lines of later steps go away, at once or, where checkpoints after
    /// `step` belong to them, together with these.
    ///
    /// - Throws: `TrainingError.file(.cannotCreate)` where another process is writing this run.
    public func metricsLog(after step: Int) throws(TrainingError) -> MetricsLog {
        try filing { () throws(TensorFileError) in
            try MetricsLog(file(Name.metrics), after: step) { checkpoints.contains { $0.step > step } }
        }
    }

    /// Starts a TensorBoard file for the steps after `step`.
    public func eventLog(after step: Int, at date: Date) throws(TrainingError) -> EventLog {
        try filing { () throws(TensorFileError) in try EventLog(in: path, after: step, at: date) }
    }

    private func file(_ name: String) -> String { path + "/" + name }

    /// Checks that nothing would be written over. What a crash left of making this very folder is nothing.
    private func checkVacant() throws(TensorFileError) {
        if Self.exists(at: path) {
            throw .cannotCreate(
                file: path, reason: "a run is there; continue it with --resume auto, or choose another --out")
        }
        DurableFile.removeLeftovers(in: path)
        let foreign = DurableFolder.names(in: path).filter { ![Name.environment, Name.checkpoints].contains($0) }
        if let name = foreign.first {
            throw .cannotCreate(file: path, reason: "'\(name)' is in it; choose an empty or a new folder")
        }
        if let name = DurableFolder.names(in: checkpointsPath).first {
            throw .cannotCreate(file: path, reason: "'\(Name.checkpoints)/\(name)' is in it; choose another folder")
        }
    }
}
