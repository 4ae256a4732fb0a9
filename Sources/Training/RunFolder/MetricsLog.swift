// metrics.jsonl: one JSON object a line, one line for every training step.

import FoundationEssentials
package import TensorFiles

/// What is known of one training step.
public struct StepMetrics: Hashable, Sendable {
    /// The step, counted from 1.
    public var step: Int
    /// The epoch in which it lies, counted from 1.
    public var epoch: Int
    /// The weighted sum of the terms.
    public var loss: Float
    /// The terms, unweighted: `contrastive`, `forwardPredictive`, `inversePredictive`.
    public var terms: [Term]
    /// The step size.
    public var learningRate: Double
    /// Views (two of each pair) in one second.
    public var viewsPerSecond: Double
    /// The evaluation that followed the step, with its protocol.
    public var evaluation: JSONValue?
    /// What needs no training, judged before the first step, of which the line tells.
    public var baselines: JSONValue?

    /// One term of the loss.
    public struct Term: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// Its value, unweighted.
        public let value: Float

        /// Makes a term.
        public init(_ name: String, _ value: Float) {
            (self.name, self.value) = (name, value)
        }
    }

    /// Makes the record of a step.
    public init(
        step: Int, epoch: Int, loss: Float, terms: [Term], learningRate: Double, viewsPerSecond: Double,
        evaluation: JSONValue? = nil
    ) {
        (self.step, self.epoch, self.loss, self.terms) = (step, epoch, loss, terms)
        (self.learningRate, self.viewsPerSecond) = (learningRate, viewsPerSecond)
        self.evaluation = evaluation
    }

    /// The record as it stands in metrics.jsonl.
    public var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("step", .integer(step)), .init("epoch", .integer(epoch)), .init("loss", .float(loss)),
        ]
        members += terms.map { .init($0.name, .float($0.value)) }
        members += [.init("learningRate", .number(learningRate)), .init("viewsPerSecond", .number(viewsPerSecond))]
        if let baselines { members.append(.init("baselines", baselines)) }
        if let evaluation { members.append(.init("evaluation", evaluation)) }
        return .object(members)
    }
}

/// metrics.jsonl, open for writing: each line is handed to the system at once.
///
/// A run that goes on from before its newest checkpoint leaves the lines that lead to that one alone, until it has a
/// checkpoint of its own: its lines wait until then.
public final class MetricsLog {
    private let path: String
    private var file: AppendedFile
    private var waiting: Waiting?

    /// Lines that will stand in the place of what comes after the first `kept` bytes.
    private struct Waiting {
        let kept: Int
        var lines: [UInt8] = []
    }

    /// Opens the log at `path` to go on after `step`: the lines of later steps, and a line that a crash cut, go away, so
    /// that no step stands twice; where `keepsLater` says so, only with `replaceLater()`. It is asked once the log is
    /// this process's alone and known to be whole.
    ///
    /// - Throws: `TensorFileError.malformed` for a line that is no record; nothing is changed then.
    package init(_ path: String, after step: Int, keepsLater: () -> Bool = { false }) throws(TensorFileError) {
        self.path = path
        file = try AppendedFile(path)
        let kept = try Self.byteCount(of: path, through: step)
        if keepsLater() {
            waiting = Waiting(kept: kept)
        } else if kept < file.byteCount {
            try file.truncate(to: kept)
        }
    }

    /// Whether the lines of later steps still stand.
    var keepsLater: Bool { waiting != nil }

    /// Appends the line of a step.
    public func append(_ metrics: StepMetrics) throws(TrainingError) {
        let line = Array((metrics.json.line + "\n").utf8)
        if waiting != nil {
            waiting?.lines += line
        } else {
            try filing { () throws(TensorFileError) in try file.append(line) }
        }
    }

    /// Puts the lines appended so far in the place of those that stood there, in one step.
    func replaceLater() throws(TrainingError) {
        guard let waiting else { return }
        try filing { () throws(TensorFileError) in
            let input = try InputFile(path)
            file = try AppendedFile.replacing(path, with: try input.read(waiting.kept) + waiting.lines)
        }
        self.waiting = nil
    }

    /// Waits until the device has every line. A checkpoint comes after this, so that no line before it is ever missing.
    public func synchronize() throws(TrainingError) {
        try filing { () throws(TensorFileError) in try file.synchronize() }
    }

    /// How many bytes the lines up to `step` take.
    private static func byteCount(of path: String, through step: Int) throws(TensorFileError) -> Int {
        let input = try InputFile(path)
        let bytes = try input.read(input.byteCount)
        var start = 0
        var number = 1
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            guard let lineStep = stepNumber(in: bytes[start..<end]) else {
                throw .malformed(file: path, reason: "line \(number) is no record of a step")
            }
            if lineStep > step { return start }
            start = end + 1
            number += 1
        }
        return start
    }

    /// The step of the last whole line of the log at `path`; 0 where there is none.
    static func lastStep(of path: String) throws(TensorFileError) -> Int {
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let input = try InputFile(path)
        let lines = try input.read(input.byteCount).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line break stands nothing, or a line that a crash cut.
        return lines.dropLast().last.flatMap(stepNumber) ?? 0
    }

    private static func stepNumber(in line: ArraySlice<UInt8>) -> Int? {
        struct Record: Decodable { let step: Int }
        return try? JSONDecoder().decode(Record.self, from: Data(line)).step
    }
}

/// Runs `body`, whose errors become those of this room.
func filing<Result>(_ body: () throws(TensorFileError) -> Result) throws(TrainingError) -> Result {
    do {
        return try body()
    } catch {
        throw .file(error)
    }
}
