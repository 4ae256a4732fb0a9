// The golden files themselves: whole, finite, small, and made of what their names promise.

import Foundation
import TensorCore
import Testing

@Suite("Golden files")
struct GoldenFilesTests {
    static let names = [
        "encoder", "objectives", "operations", "optimizers", "pairs", "training", "weights", "weights-reconstructor",
    ]

    @Test("are in the README, each under a MiB")
    func filesAreListed() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Golden.folder)
        let readme = try String(contentsOfFile: Golden.folder + "/README.md", encoding: .utf8)
        #expect(files.count { $0.hasSuffix(".safetensors") } >= Self.names.count)
        for file in files where file != "README.md" && !file.hasPrefix(".") && !file.hasPrefix("__") {
            let isListed = readme.contains("`\(file)`")
            #expect(isListed, "README.md does not say what \(file) is")
            let size = try FileManager.default.attributesOfItem(atPath: "\(Golden.folder)/\(file)")[.size] as? Int
            #expect(try #require(size) < 1 << 20, "\(file)")
        }
    }

    @Test("hold finite numbers only", arguments: names)
    func numbersAreFinite(name: String) throws {
        let golden = try Golden(name)
        for name in golden.names where try golden.tensor(name).type.element == .float32 {
            #expect(try golden.doubles(name).allSatisfy(\.isFinite), "\(name)")
        }
    }

    @Test("features have rows of unit length", arguments: ["features.inference", "features.training"])
    func featuresAreUnit(name: String) throws {
        let features = try Golden("encoder").tensor(name)
        let depth = features.shape[1]
        for row in 0..<features.shape[0] {
            let squares = features.floats[row * depth..<(row + 1) * depth].reduce(0.0) { $0 + Double($1) * Double($1) }
            #expect(abs(squares - 1) < 1e-6, "row \(row)")
        }
    }

    @Test("the loss of a run is the weighted sum of its terms")
    func lossIsSum() throws {
        let golden = try Golden("training")
        let run = "ntXent+squaredErrorInLogits+elementMean"
        let weights = ["contrastive": 1, "forwardPredictive": 0.005, "inversePredictive": 1]
        var sums = [Double](repeating: 0, count: 10)
        for (term, weight) in weights {
            #expect(golden.overrides(of: run).contains { $0.hasPrefix("objective.\(term).weight=") })
            let values = try golden.doubles("\(run).\(term).float64")
            for step in sums.indices { sums[step] += weight * values[step] }
        }
        for (sum, loss) in zip(sums, try golden.doubles("\(run).loss.float64")) { #expect(abs(sum - loss) < 1e-12) }
    }

    @Test("a training call leaves one count more, ten steps of two calls twenty")
    func batchesAreCounted() throws {
        let before = try Golden("weights").tensor("f.1.num_batches_tracked").integers
        #expect(try Golden("encoder").tensor("afterTraining.f.1.num_batches_tracked").integers == before.map { $0 + 1 })
        let after = try Golden("training").tensor("ntXent.weights.f.1.num_batches_tracked").integers
        #expect(after == before.map { $0 + 20 })
    }
}
