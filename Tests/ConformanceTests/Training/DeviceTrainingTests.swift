// A training of enough channels for the fast kernels: the device follows the reference.

import Datasets
import Execution
import Layers
import Objectives
import OpenCLBackend
import Optimization
import ReferenceBackend
import TensorCore
import Testing
import Training

@Suite("Training: the device follows the reference", .requiresOpenCL)
struct DeviceTrainingTests {
    @Test(
        "losses of three steps and the gradients of the first",
        arguments: [nil, .tiled, .winograd] as [KernelFamily?])
    func follows(family: KernelFamily?) throws {
        var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        options.kernelFamily = family
        let device = try Self.record(on: OpenCLBackend(OpenCLAvailability.choice, options))
        let reference = try Self.reference.get()
        for (step, (computed, expected)) in zip(device.losses, reference.losses).enumerated() {
            for (a, b) in zip(computed, expected) {
                #expect(abs(a - b) <= 1e-5 * abs(b), "step \(step + 1): \(computed), reference \(expected)")
            }
        }
        // The true gradient of these biases is zero: they feed a batch normalization. The kernels leave 5e-6; what is
        // allowed beyond is a few ReLUs on the other side of 0.
        let stems = ["f.0.bias", "f.3.bias", "f.7.bias", "f.11.bias"].map(Optimizer.Name.firstMoment)
        for (name, expected) in reference.moments where !stems.contains(name) {
            let parted = distance(try #require(device.moments[name]).doubles, from: expected.doubles)
            #expect(parted <= 2e-3, "\(name): \(parted)")
        }
    }

    private static let reference = Result { try record(on: ReferenceBackend()) }

    /// Losses and terms of three steps, and the first moments, which are gradients, after one.
    private static func record(
        on backend: some Backend
    ) throws -> (losses: [[Double]], moments: [String: Tensor]) {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.features) = (32, 128)
        let model = Model(sizes, for: SmallTraining.objective)
        let pairs = try RecordedPairs(file: Golden.path("pairs"), pairsPerBatch: 6)
        let trainer = try Trainer(
            model, SmallTraining.objective, .adam(.init()), learningRate: 1e-5, pairs: 6, seed: 3, on: backend)
        var moments: [String: Tensor] = [:]
        let losses = try (0..<3).map { step in
            let batch = pairs.batch(step: step)
            let losses = try trainer.train(view1: batch.view1, view2: batch.view2)
            if step == 0 {
                moments = try trainer.optimizerState().filter { $0.key.hasPrefix(Optimizer.Name.firstMoment("")) }
            }
            return ([losses.total] + losses.terms.map(\.value)).map(Double.init)
        }
        return (losses, moments)
    }
}
