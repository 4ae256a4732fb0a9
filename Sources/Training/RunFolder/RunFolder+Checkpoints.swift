// The checkpoints of a run: which are whole, which is the newest, which may go.

import FoundationEssentials
import Glibc
import TensorFiles

extension RunFolder {
    /// A whole checkpoint on disk.
    public struct SavedCheckpoint: Hashable, Sendable {
        /// The step after which it was saved.
        public let step: Int
        /// Its folder.
        public let path: String
    }

    /// Where the checkpoint after `step` lies: `checkpoints/step-000200`.
    public func checkpointPath(step: Int) -> String {
        let digits = String(step)
        let zeros = String(repeating: "0", count: max(6 - digits.count, 0))
        return "\(checkpointsPath)/step-\(zeros)\(digits)"
    }

    /// The whole checkpoints, the newest first. What a crash left half made is not among them.
    public var checkpoints: [SavedCheckpoint] {
        var found: [Int: SavedCheckpoint] = [:]
        for name in DurableFolder.names(in: checkpointsPath) {
            let path = checkpointsPath + "/" + name
            guard let step = Self.step(of: name), Self.isWhole(path) else { continue }
            // Sorted names: a folder that was being replaced, `step-000200.previous`, comes after the one that replaces it.
            if found[step] == nil { found[step] = SavedCheckpoint(step: step, path: path) }
        }
        return found.values.sorted { $0.step > $1.step }
    }

    /// Removes all but the newest `count` checkpoints.
    public func removeOldCheckpoints(keeping count: Int) {
        guard let oldest = checkpoints.prefix(max(count, 1)).last else { return }
        for name in DurableFolder.names(in: checkpointsPath) {
            if let step = Self.step(of: name), step < oldest.step { DurableFolder.remove(checkpointsPath + "/" + name) }
        }
    }

    /// Removes the checkpoints after `step` but the one after `saved`: a run that went on after `step` has made it, and
    /// must never resume from the others.
    func removeCheckpoints(after step: Int, butAfter saved: Int) {
        for name in DurableFolder.names(in: checkpointsPath) {
            if let later = Self.step(of: name), later > step, later != saved {
                DurableFolder.remove(checkpointsPath + "/" + name)
            }
        }
    }

    /// The checkpoint that a person means by `path`: a checkpoint's folder, or the newest of a run's folder.
    ///
    /// - Throws: `TrainingError.file(.cannotOpen)` where there is none.
    public static func checkpoint(at path: String) throws(TrainingError) -> String {
        if isWhole(path) { return path }
        if let newest = RunFolder(path: path).checkpoints.first { return newest.path }
        let exists = FileManager.default.fileExists(atPath: path)
        let reason = exists ? "it holds no whole checkpoint" : TensorFileError.reason(ENOENT)
        throw .file(.cannotOpen(file: path, reason: reason))
    }

    /// The file of weights that a person means by `path`: a file itself, or that of a checkpoint or a run.
    ///
    /// - Throws: `TrainingError.file(.cannotOpen)` where there is none.
    public static func weights(at path: String) throws(TrainingError) -> String {
        var isFolder = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if exists && !isFolder { return path }
        return try checkpoint(at: path) + "/" + Checkpoint.FileName.weights
    }

    /// The folder of the checkpoint to which the file of weights at `path` belongs; `nil` for a file by itself.
    static func checkpoint(ofWeights path: String) -> String? {
        let folder = DurableFile.folder(of: path)
        let isMember = path == Checkpoint.FileName.weights || path.hasSuffix("/" + Checkpoint.FileName.weights)
        return isMember && isWhole(folder) ? folder : nil
    }

    private static func isWhole(_ folder: String) -> Bool {
        [Checkpoint.FileName.weights, Checkpoint.FileName.state].allSatisfy { name in
            FileManager.default.fileExists(atPath: folder + "/" + name)
        }
    }

    private static func step(of name: String) -> Int? {
        let stem = name.hasSuffix(".previous") ? name.dropLast(".previous".count) : name[...]
        guard stem.hasPrefix("step-"), stem.utf8.dropFirst(5).allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(stem.dropFirst(5))
    }
}
