// Ten training steps follow ten recorded losses: every objective, from PyTorch's weights on PyTorch's pairs.

import Configuration
import Datasets
import Evaluation
import Execution
import Layers
import TensorCore
import Testing
import Training

@Suite("Training: PyTorch's ten steps")
struct TrainingGoldenTests {
    static let runs = [
        "infoNCE", "ntXent", "jensenShannon", "ntXent+elementMean", "ntXent+squaredNorm", "squaredError",
        "squaredErrorMean", "binaryCrossEntropy", "reversedBinaryCrossEntropy", "squaredErrorInLogits",
        "ntXent+squaredErrorInLogits+elementMean",
    ]

    @Test("every recorded run is followed")
    func runsAreComplete() throws {
        let suffix = ".loss.float64"
        let recorded = try Golden("training").names.filter { $0.hasSuffix(suffix) }.map { $0.dropLast(suffix.count) }
        #expect(Set(recorded.map(String.init)) == Set(Self.runs))
    }

    @Test("are followed", arguments: runs, BackendUnderTest.all)
    func follow(run: String, backend: BackendUnderTest) throws {
        try follow(GoldenRun(run, backend == .reference ? .reference : .device), on: backend.open())
    }

    private func follow(_ run: GoldenRun, on backend: some Backend) throws {
        let trainer = try Trainer(
            run.model, run.configuration.weightedObjective, run.configuration.updateRule,
            learningRate: Float(run.configuration.optimizer.learningRate), pairs: run.pairs.pairsPerBatch, seed: 0,
            on: backend)
        let start = try run.startingWeights()
        try trainer.load(start)
        for step in 0..<10 {
            let batch = run.pairs.batch(step: step)
            let losses = try trainer.train(view1: batch.view1, view2: batch.view2)
            try run.expectLosses(losses, step: step)
            if step == 0 { try run.expectGradients(trainer.optimizerState(), at: start) }
        }
        try run.expectWeights(trainer.weights(), from: start)
    }
}
