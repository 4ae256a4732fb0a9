// The weights that a person names by a path, and what is known of them.

import FoundationEssentials
public import TensorFiles

/// A file of weights on disk, with what its checkpoint tells where it lies in one.
public struct SavedWeights: Sendable {
    /// The file.
    public let file: SafetensorsFile
    /// When and by what the weights were made; `nil` for a file that lies in no checkpoint.
    public let origin: Origin?

    /// The place of weights in the run that made them.
    public struct Origin: Hashable, Sendable {
        /// The number of steps made.
        public let step: Int
        /// The epoch in which the last of them lies, counted from 1; `nil` for checkpoints that do not tell it.
        public let epoch: Int?
        /// Whether no checkpoint of the run is newer; `nil` where the checkpoint lies in no run.
        public let isLast: Bool?
        /// The effective configuration of the run as YAML.
        public let configuration: String
    }

    /// Reads the weights that a person means by `path`: a file itself, or that of a checkpoint or of a run's newest. The
    /// files of a checkpoint are held against the digests that were saved with them.
    ///
    /// - Throws: `TrainingError.file` where there is none, or it is no safetensors file; `.checkpoint` where it is not as
    ///   it was saved.
    public init(at path: String) throws(TrainingError) {
        let path = try RunFolder.weights(at: path)
        guard let folder = RunFolder.checkpoint(ofWeights: path) else {
            (file, origin) = (try filing { () throws(TensorFileError) in try .read(path) }, nil)
            return
        }
        let files = try Checkpoint.Files(at: folder)
        let checkpoints = URL(fileURLWithPath: folder).standardizedFileURL.deletingLastPathComponent()
        let newest = RunFolder(path: checkpoints.deletingLastPathComponent().path).checkpoints.first
        file = files.weights
        origin = Origin(
            step: files.step, epoch: files.epoch, isLast: newest.map { $0.step == files.step },
            configuration: files.configuration)
    }

    /// The file, and its place in the run: `weights.safetensors, step 400, epoch 2, the last of its run`.
    public var summary: String {
        var facts = [file.path]
        if let origin {
            facts.append("step \(origin.step)")
            if let epoch = origin.epoch { facts.append("epoch \(epoch)") }
            if let isLast = origin.isLast { facts.append(isLast ? "the last of its run" : "not the last of its run") }
        }
        return facts.joined(separator: ", ")
    }

    /// The same for programs: `file`, `step`, `epoch` and `isLast`, null where nothing tells them.
    public var json: JSONValue {
        [
            "file": .string(file.path), "step": origin.map { JSONValue.integer($0.step) } ?? nil,
            "epoch": origin?.epoch.map(JSONValue.integer) ?? nil, "isLast": origin?.isLast.map(JSONValue.bool) ?? nil,
        ]
    }
}
