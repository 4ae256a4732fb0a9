// Checkpoints: the same bits back, training that goes on as if never stopped, and damage that is found.

import Evaluation
import Execution
import Foundation
import ReferenceBackend
import TensorCore
import TensorFiles
import Testing
import Training

@Suite("Checkpoints")
struct CheckpointTests {
    private let folder = TemporaryFolder()

    init() throws {
        try DurableFolder.create(folder.path)
    }

    @Test("come back bit by bit")
    func roundTrip() throws {
        let saved = try checkpoint()
        try saved.write(to: path)
        let read = try Checkpoint(readFrom: path, parameters: SmallTraining.model.parameters)
        #expect(read.step == 3 && read.epoch == 2)
        #expect(read.circumstances == saved.circumstances)
        #expect(read.optimizerState == saved.optimizerState)
        for parameter in SmallTraining.model.parameters {
            #expect(read.weights[parameter.name] == saved.weights[parameter.name], "\(parameter.name)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names == ["step-000003"])
    }

    @Test("hold weights that are a file of weights like any other")
    func weightsFile() throws {
        try checkpoint().write(to: path)
        let file = try SafetensorsFile.read(weightsPath)
        let encoder = SmallTraining.model.encoder
        let weights = try Weights(encoder.parameters, from: file, ignoring: ["recon."])
        #expect(weights["f.3.weight"] == (try checkpoint()).weights["f.3.weight"])
        #expect(file.metadata["device"] == "reference (CPU)")
    }

    @Test("let a training go on in the same bits", arguments: BackendUnderTest.all)
    func resume(backend: BackendUnderTest) throws {
        try resume(on: backend.open())
    }

    private func resume<B: Backend>(on backend: B) throws {
        let whole = try SmallTraining.trainer(seed: 1, on: backend)
        let losses = try SmallTraining.train(whole, until: 6)
        #expect(Set(losses.map(\.total)).count == 6)

        let stopped = try SmallTraining.trainer(seed: 1, on: backend)
        let first = try SmallTraining.train(stopped, until: 3)
        try checkpoint(of: stopped).write(to: path)

        // A seed of its own, and a step that must not show.
        let resumed = try SmallTraining.trainer(seed: 99, on: backend)
        _ = try SmallTraining.train(resumed, until: 1)
        let saved = try Checkpoint(readFrom: path, parameters: resumed.model.parameters)
        try resumed.resume(step: saved.step, weights: saved.weights, state: saved.optimizerState)
        #expect(resumed.step == 3)
        #expect(try first + SmallTraining.train(resumed, until: 6) == losses)
        let (end, again) = (try whole.weights(), try resumed.weights())
        for parameter in whole.model.parameters {
            #expect(end[parameter.name] == again[parameter.name], "\(parameter.name)")
        }
        #expect(try whole.optimizerState() == resumed.optimizerState())
    }

    @Test("twice the same training is the same bits", arguments: BackendUnderTest.all)
    func deterministic(backend: BackendUnderTest) throws {
        func run(on backend: some Backend) throws -> [UInt8] {
            let trainer = try SmallTraining.trainer(seed: 7, on: backend)
            _ = try SmallTraining.train(trainer, until: 4)
            return try trainer.weights().file().serialized
        }
        #expect(try run(on: backend.open()) == run(on: backend.open()))
    }

    @Test("weights that changed by one bit are refused")
    func changedWeights() throws {
        try checkpoint().write(to: path)
        try flipLastBit(of: weightsPath)
        #expect(
            try failure()
                == "\(path): weights.safetensors is not the file that state.safetensors was saved with")
    }

    @Test("moments that changed by one bit are refused")
    func changedState() throws {
        try checkpoint().write(to: path)
        try flipLastBit(of: statePath)
        #expect(try failure() == "\(path): state.safetensors has changed since it was saved")
    }

    @Test("the weights of another step are refused")
    func otherWeights() throws {
        try checkpoint().write(to: path)
        try Weights(SmallTraining.model.parameters, seed: 5).file().write(to: weightsPath)
        #expect(
            try failure()
                == "\(path): weights.safetensors is not the file that state.safetensors was saved with")
    }

    @Test("a file that ends early is refused", arguments: [0, 5, 200, -1])
    func truncated(count: Int) throws {
        try checkpoint().write(to: path)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: statePath))
        try bytes.prefix(count < 0 ? bytes.count + count : count).write(to: URL(fileURLWithPath: statePath))
        let message = try #require(try failure())
        #expect(message.contains(statePath) && !message.contains("\n"), "\(message)")
    }

    @Test("a missing file is named", arguments: [Checkpoint.FileName.weights, Checkpoint.FileName.state])
    func missing(name: String) throws {
        try checkpoint().write(to: path)
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
        #expect(try failure() == "cannot open \(path)/\(name): No such file or directory")
    }

    @Test("a checkpoint of another model is refused")
    func otherModel() throws {
        let parameters = SmallTraining.model.encoder.parameters
        let trainer = try SmallTraining.trainer(seed: 1, on: ReferenceBackend())
        let weights = Weights(parameters, seed: 1)
        try Checkpoint(step: 1, weights: weights, optimizerState: trainer.optimizerState(), circumstances: [:])
            .write(to: path)
        let message = try #require(try failure())
        #expect(message.hasPrefix("\(weightsPath) is malformed: missing: recon.f.0.weight, recon.f.1.weight,"))
    }

    @Test("a state that lacks a moment does not resume")
    func lackingMoment() throws {
        let trainer = try SmallTraining.trainer(seed: 1, on: ReferenceBackend())
        var state = try trainer.optimizerState()
        state["optimizer.second.f.3.weight"] = nil
        let lacking = #expect(throws: TrainingError.self) {
            try trainer.resume(step: 3, weights: trainer.weights(), state: state)
        }
        #expect(lacking?.description == "variable 'optimizer.second.f.3.weight' is not saved")
        state["optimizer.second.f.3.weight"] = Tensor([3], repeating: 0)
        let wrong = #expect(throws: TrainingError.self) {
            try trainer.resume(step: 3, weights: trainer.weights(), state: state)
        }
        #expect(
            wrong?.description
                == "variable 'optimizer.second.f.3.weight' is float32[3, 3, 4, 4], not float32[3]")
    }

    @Test("a loss that is no number stops the training with its name")
    func notFinite() throws {
        let trainer = try SmallTraining.trainer(seed: 1, on: ReferenceBackend())
        let shape = SmallTraining.model.encoder.imageShape(6)
        let error = #expect(throws: TrainingError.self) {
            try trainer.train(view1: Tensor(shape, repeating: .nan), view2: Tensor(shape, repeating: 0))
        }
        #expect(
            error?.description
                == "the term 'contrastive' of the loss is nan at step 1: a new run (another --out) with a smaller "
                + "optimizer.learningRate may help, with --init from an earlier checkpoint on; "
                + "`diptych check` tells whether the device computes right")
    }

    private var path: String { folder.path + "/step-000003" }
    private var weightsPath: String { "\(path)/\(Checkpoint.FileName.weights)" }
    private var statePath: String { "\(path)/\(Checkpoint.FileName.state)" }

    /// A checkpoint after three steps on the reference.
    private func checkpoint() throws -> Checkpoint {
        let trainer = try SmallTraining.trainer(seed: 1, on: ReferenceBackend())
        _ = try SmallTraining.train(trainer, until: 3)
        return try checkpoint(of: trainer)
    }

    private func checkpoint<B: Backend>(of trainer: Trainer<B>) throws -> Checkpoint {
        try Checkpoint(
            step: trainer.step, epoch: 2, weights: trainer.weights(), optimizerState: trainer.optimizerState(),
            circumstances: ["device": "reference (CPU)", "seed": "1"])
    }

    /// What reading the checkpoint fails with.
    private func failure() throws -> String? {
        #expect(throws: TrainingError.self) {
            try Checkpoint(readFrom: path, parameters: SmallTraining.model.parameters)
        }?.description
    }

    private func flipLastBit(of path: String) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: url)
    }
}
