// What a run left in its folder.

import Foundation
import TensorFiles

/// A run's folder as another program reads it.
struct RunRecord {
    let path: String

    /// The lines of metrics.jsonl.
    func metrics() throws -> [[String: Any]] {
        try lines().map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// The number of whole lines of metrics.jsonl so far, 0 before the first: what may be asked while the run writes.
    var lineCount: Int {
        (try? bytes("metrics.jsonl"))?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }

    /// The values of `key` in metrics.jsonl, step by step.
    func values(_ key: String) throws -> [Double] {
        try metrics().compactMap { $0[key] as? Double }
    }

    /// The steps of metrics.jsonl, in order.
    func steps() throws -> [Int] {
        try metrics().compactMap { $0["step"] as? Int }
    }

    /// metrics.jsonl without what depends on the time that a step took.
    func timelessMetrics() throws -> [String] {
        try lines().map { String($0).replacing(/"viewsPerSecond":[^,}]*/, with: "") }
    }

    /// The bytes of a file of the run.
    func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    }

    /// The tensors of a file of the checkpoint after `step`.
    func checkpoint(_ step: Int, _ name: String = "weights.safetensors") throws -> SafetensorsFile {
        try SafetensorsFile.read("\(path)/\(checkpointName(step))/\(name)")
    }

    /// The bytes of both files of the checkpoint after `step`.
    func checkpointBytes(_ step: Int) throws -> [Data] {
        try ["weights", "state"].map { try bytes("\(checkpointName(step))/\($0).safetensors") }
    }

    /// The names in `checkpoints`, hidden ones too.
    func checkpointNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path + "/checkpoints").sorted()
    }

    private func checkpointName(_ step: Int) -> String {
        "checkpoints/step-" + String(repeating: "0", count: 6 - String(step).count) + String(step)
    }

    private func lines() throws -> [Substring] {
        String(decoding: try bytes("metrics.jsonl"), as: UTF8.self).split(separator: "\n")
    }
}
