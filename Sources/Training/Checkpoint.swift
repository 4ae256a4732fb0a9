// A checkpoint: one folder with the weights, and all else that a run needs to go on in the same bits.

public import Evaluation
public import Layers
public import TensorCore
import TensorFiles

/// The state of a run after a step.
public struct Checkpoint: Sendable {
    /// The number of steps made.
    public let step: Int
    /// The epoch in which the last of them lies, counted from 1; `nil` where nothing tells it.
    public let epoch: Int?
    /// The model's weights.
    public let weights: Weights
    /// The optimizer's variables by name.
    public let optimizerState: [String: Tensor]
    /// What the bits depend on besides the configuration: device, driver, kernel shapes, by name.
    public let circumstances: [String: String]
    /// The effective configuration as YAML. With the step it tells every random number and the place in the data.
    public let configuration: String

    /// The files in a checkpoint's folder.
    public enum FileName {
        /// The weights, in PyTorch's names and layout.
        public static let weights = "weights.safetensors"
        /// Everything else.
        public static let state = "state.safetensors"
    }

    /// Makes the checkpoint of a run after `step` steps.
    public init(
        step: Int, epoch: Int? = nil, weights: Weights, optimizerState: [String: Tensor],
        circumstances: [String: String], configuration: String = ""
    ) {
        (self.step, self.epoch, self.weights, self.optimizerState) = (step, epoch, weights, optimizerState)
        (self.circumstances, self.configuration) = (circumstances, configuration)
    }

    /// Writes the checkpoint as the folder `path`, which is there whole or not at all.
    ///
    /// - Throws: `TrainingError.file` when it cannot be created, or the disk is full; what was there before is whole.
    public func write(to path: String) throws(TrainingError) {
        do {
            try DurableFolder.write(to: path) { folder throws(TensorFileError) in
                let weightsPath = folder + "/" + FileName.weights
                try weights.file(metadata: circumstances).write(to: weightsPath)
                var metadata = circumstances
                metadata[Key.step] = String(step)
                metadata[Key.epoch] = epoch.map { String($0) }
                metadata[Key.configuration] = configuration
                metadata[Key.weightsDigest] = try SHA256.hash(fileAt: weightsPath).description
                var state = SafetensorsFile(metadata: metadata)
                for (name, tensor) in optimizerState.sorted(by: { $0.key < $1.key }) { state.append(name, tensor) }
                state.metadata[Key.stateDigest] = Self.digest(of: state)
                try state.write(to: folder + "/" + FileName.state)
            }
        } catch {
            throw .file(error)
        }
    }

    /// Reads the checkpoint in the folder `path`, for a model of `parameters`.
    ///
    /// - Throws: `TrainingError.file` for a missing file, or one that is no safetensors file for these parameters;
    ///   `.checkpoint` where a file is not as it was saved, or the two do not belong together.
    public init(readFrom path: String, parameters: [Parameter]) throws(TrainingError) {
        let files = try Files(at: path)
        (step, epoch, configuration) = (files.step, files.epoch, files.configuration)
        circumstances = files.state.metadata.filter { !Key.all.contains($0.key) }
        (weights, optimizerState) = try filing { () throws(TensorFileError) in
            var optimizerState: [String: Tensor] = [:]
            for tensor in files.state.tensors { optimizerState[tensor.name] = try tensor.tensor() }
            return (try Weights(parameters, from: files.weights), optimizerState)
        }
    }

    /// The two files of a checkpoint, held against each other.
    struct Files: Sendable {
        let weights: SafetensorsFile
        let state: SafetensorsFile
        let step: Int

        var epoch: Int? { state.metadata[Key.epoch].flatMap { Int($0) } }
        var configuration: String { state.metadata[Key.configuration] ?? "" }

        /// Reads the files in the folder `path`.
        ///
        /// - Throws: `TrainingError.file` for a missing file, or one that is no safetensors file; `.checkpoint` where a
        ///   file is not as it was saved, or the two do not belong together.
        init(at path: String) throws(TrainingError) {
            let weightsPath = path + "/" + FileName.weights
            state = try filing { () throws(TensorFileError) in try .read(path + "/" + FileName.state) }
            guard state.metadata[Key.stateDigest] == Checkpoint.digest(of: state) else {
                throw .checkpoint(path: path, reason: "\(FileName.state) has changed since it was saved")
            }
            let digest = try filing { () throws(TensorFileError) in try SHA256.hash(fileAt: weightsPath) }
            guard state.metadata[Key.weightsDigest] == digest.description else {
                throw .checkpoint(
                    path: path, reason: "\(FileName.weights) is not the file that \(FileName.state) was saved with")
            }
            guard let step = state.metadata[Key.step].flatMap({ Int($0) }), step >= 0 else {
                throw .checkpoint(path: path, reason: "\(FileName.state) names no step")
            }
            self.step = step
            weights = try filing { () throws(TensorFileError) in try .read(weightsPath) }
        }
    }

    /// The hash of `state` as it was before it was told of the hash.
    private static func digest(of state: SafetensorsFile) -> String {
        var state = state
        state.metadata[Key.stateDigest] = nil
        return SHA256.hash(state.serialized).description
    }

    private enum Key {
        static let step = "step"
        static let epoch = "epoch"
        static let configuration = "configuration"
        static let weightsDigest = "weightsSHA256"
        static let stateDigest = "stateSHA256"
        static let all: Set = [step, epoch, configuration, weightsDigest, stateDigest]
    }
}
