// Every operation that PyTorch recorded, on each backend: values and gradients.

import OpenCLBackend
import ReferenceBackend
import TensorCore
import Testing

@Suite("Operations against PyTorch")
struct GoldenOperationTests {
    /// Windows of the engine do not overlap.
    static let notOurs: Set = ["pool.average.overlapping", "pool.maximum.overlapping", "pool.maximum.tied.overlapping"]

    static let names: [String] = {
        guard let golden = try? Golden("operations") else { return [] }
        return GoldenOperation.names(in: golden).filter { !notOurs.contains($0) }
    }()

    @Test("cases are found, and all but the overlapping windows are ours")
    func casesAreFound() throws {
        let all = GoldenOperation.names(in: try Golden("operations"))
        #expect(all.count == Self.names.count + Self.notOurs.count)
        #expect(Self.names.count >= 30)
    }

    @Test("on the reference", arguments: names)
    func reference(name: String) throws {
        try GoldenOperation(name: name, golden: Golden("operations")).check(on: ReferenceBackend())
    }

    @Test("on OpenCL", .requiresOpenCL, arguments: names)
    func openCL(name: String) throws {
        let options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
        let backend = try OpenCLBackend(OpenCLAvailability.choice, options)
        try GoldenOperation(name: name, golden: Golden("operations")).check(on: backend, safety: 64)
    }

    @Test("the statistics of a batch move the running ones as PyTorch's do", arguments: ["images", "rows", "shifted"])
    func runningStatistics(name: String) throws {
        let tensors = try Golden("operations").tensors(under: "batchNormalization.training.\(name)")
        let shape = try #require(tensors["input"]).shape
        let rows = Float(shape.count / shape[shape.rank - 1])
        let statistics = try BatchStatistics(tensors, on: ReferenceBackend())
        for (key, statistic, factor) in [
            ("runningMean", statistics.mean, 1), ("runningVariance", statistics.variance, rows / (rows - 1)),
        ] {
            let before = try #require(tensors[key]).floats
            let expected = try #require(tensors["\(key).after"])
            let after = Tensor(expected.shape, zip(before, statistic).map { 0.9 * $0 + 0.1 * factor * $1 })
            let comparison = after.compared(to: expected, within: Tolerance(terms: 4))
            #expect(comparison.agrees, "\(key): \(comparison)")
        }
    }
}
