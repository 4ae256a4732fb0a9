// Tuning on the device: a wrong kernel is rejected, what is kept is used, and a damaged file does no harm.

import Diptych
import Foundation
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Tuning", .requiresOpenCL)
struct TuningTests {
    private let folder = TemporaryFolder()
    private let poolKey = "maxPool [6, 8, 8, 16] -> [6, 4, 4, 16], window 2"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    }

    /// The device with its tuning in this test's folder, and kernels from `kernels`.
    private func open(kernels: String? = nil) throws -> OpenCLBackend {
        var options = OpenCLOptions(cacheFolder: folder.path)
        (options.kernelFolder, options.profiling) = (kernels, true)
        return try OpenCLBackend(OpenCLAvailability.choice, options)
    }

    /// A copy of the kernels in which `file` computes something else.
    private func breakKernel(_ file: String, replacing right: String, with wrong: String) throws -> String {
        try folder.copyKernels(KernelChange(file: file, right: right, instead: wrong))
    }

    /// Max pooling, a convolution and a matrix product.
    private func graph(images: Int) throws -> Graph {
        let builder = GraphBuilder()
        let x = builder.input("x", [images, 8, 8, 16])
        let y = x.maxPool(window: 2).convolution(builder.input("w", [3, 3, 16, 16]), .init(padding: 1))
        let rows = y.reshape([images, 256])
        builder.output("y", rows.matrixProduct(rows, transposeRight: true))
        return try builder.finish()
    }

    private func tune(_ backend: OpenCLBackend) throws -> [SiteTuning] {
        var results: [SiteTuning] = []
        let tuner = try Tuner(graph(images: 6), sample: graph(images: 2), on: backend, runs: 1)
        var told = 0
        tuner.measure { done, _, _ in
            #expect(done == told)
            told += 1
        } result: {
            results.append($0)
        }
        #expect(told == tuner.candidateCount && told == results.reduce(0) { $0 + $1.candidates.count })
        return results
    }

    @Test("every place is measured, and everything on this device is right")
    func measures() throws {
        let results = try tune(open())
        #expect(results.map(\.operation) == ["maxPool", "convolution", "matrixProduct"])
        for result in results {
            #expect(result.choice != nil && result.seconds != nil)
            for candidate in result.candidates {
                switch candidate.outcome {
                case .measured(let rounds): #expect(rounds.allSatisfy { $0 > 0 })
                case .slow: #expect(candidate.choice != result.choice)
                case .inexact, .failed: Issue.record("\(result.key): \(candidate)")
                }
            }
        }
    }

    @Test("a kernel that computes something else is rejected, however fast")
    func rejectsWrongKernels() throws {
        let kernels = try breakKernel(
            "wide/max_pool.cl", replacing: "store_first(channels, best, y);",
            with: "store_first(channels, best + 0.01f, y);")
        let pool = try #require(try tune(open(kernels: kernels)).first { $0.operation == "maxPool" })
        for candidate in pool.candidates where candidate.choice != .plain {
            guard case .inexact(let error) = candidate.outcome else {
                Issue.record("\(candidate)")
                continue
            }
            #expect(error > 1e-3)
        }
        #expect(pool.choice == .plain)
    }

    @Test("a contrastive loss has right kernels, forward and backward", arguments: [true, false])
    func contrastiveLoss(isLogSumExp: Bool) throws {
        func graph(rows: Int) throws -> Graph {
            let builder = GraphBuilder()
            let z = builder.input("z", [rows, 64])
            let scores = z.scoreReduction(
                isLogSumExp ? .logSumExp : .softplusSum, with: z, scale: 10, excludesDiagonal: true)
            builder.output("dz", scores.sumOfAll().gradients(withRespectTo: [z])[0])
            return try builder.finish()
        }
        var results: [SiteTuning] = []
        let tuner = try Tuner(graph(rows: 200), sample: graph(rows: 6), on: open(), runs: 1)
        tuner.measure { results.append($0) }
        #expect(results.map(\.operation).contains("scoreReduction"))
        #expect(results.map(\.operation).contains("scoreReductionBackward"))
        for candidate in results.flatMap(\.candidates) {
            switch candidate.outcome {
            case .measured, .slow: continue
            case .inexact, .failed: Issue.record("\(candidate)")
            }
        }
    }

    @Test("a kernel that few images do not reach is checked where it is reached")
    func rejectsWrongKernelsOfLargeSizes() throws {
        func sums(images: Int) throws -> Graph {
            let builder = GraphBuilder()
            builder.output("y", builder.input("x", [images, 7, 7, 16]).sum(over: [0, 1, 2]))
            return try builder.finish()
        }
        let kernels = try breakKernel("wide/column_sum.cl", replacing: "y[k] = sum;", with: "y[k] = sum + 1.0f;")
        var results: [SiteTuning] = []
        let tuner = try Tuner(sums(images: 64), sample: sums(images: 2), on: open(kernels: kernels), runs: 1)
        tuner.measure { results.append($0) }
        #expect(results.map(\.choice) == [.plain])
    }

    @Test("what is kept is used by whoever opens the device next, and more is added to it")
    func kept() throws {
        let fresh = try open()
        #expect(fresh.tuning.isEmpty && fresh.tuningProblem == nil)
        #expect(fresh.tuningPath.hasPrefix(folder.path + "/tuning/"))
        let shipped = try fresh.compile(graph(images: 6)).kernelShapes
        #expect(shipped[poolKey] == "wide 16x1" || shipped[poolKey] == "wide 8x1" || shipped[poolKey] == "wide 4x1")
        try fresh.store([poolKey: .plain])
        try fresh.store(["reduce [2, 3] -> [1, 3], sum over [0]": .plain])

        let tuned = try open()
        #expect(tuned.tuningProblem == nil)
        #expect(tuned.tuning == [poolKey: .plain, "reduce [2, 3] -> [1, 3], sum over [0]": .plain])
        let program = try tuned.compile(graph(images: 6))
        #expect(program.kernelShapes[poolKey] == "plain")
        #expect(program.launchLabels.contains("maxPool: max_pool"))
        #expect(try tuned.deviceDescription.tunedKernels == 2 && open().deviceDescription.tunedKernels == 2)
        var options = OpenCLOptions(cacheFolder: folder.path)
        options.usesTuning = false
        #expect(try OpenCLBackend(OpenCLAvailability.choice, options).tuning.isEmpty)
    }

    @Test("a run that goes on keeps its kernels, whatever was measured since")
    func keeping() throws {
        let before = try open().compile(graph(images: 6))
        try open().store([poolKey: .plain])
        let after = try open()
        #expect(try after.compile(graph(images: 6)).kernelShapes != before.kernelShapes)
        let kept = try after.keeping(before.kernelShapes).compile(graph(images: 6))
        #expect(kept.kernelShapes == before.kernelShapes && kept.launchLabels == before.launchLabels)
        var recorded = before.kernelShapes
        recorded[poolKey] = "a kernel of the future"
        #expect(try after.keeping(recorded).compile(graph(images: 6)).kernelShapes[poolKey] == "plain")
        let forced = after.keeping(before.kernelShapes).forcing(["convolution": .plain])
        #expect(try forced.compile(graph(images: 6)).kernelShapes.values.filter { $0 == "plain" }.count == 1)
    }

    @Test("another set of kernels is another table")
    func otherKernels() throws {
        let kernels = try folder.copyKernels()
        #expect(try open(kernels: kernels).tuningPath == open().tuningPath)
        let file = try #require(FileHandle(forWritingAtPath: kernels + "/adam.cl"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("\n".utf8))
        #expect(try open(kernels: kernels).tuningPath != open().tuningPath)
    }

    @Test("a damaged or foreign file is told in one line, ignored, and replaced")
    func damaged() throws {
        let path = try open().tuningPath
        try open().store([poolKey: .plain])
        let good = try String(contentsOfFile: path, encoding: .utf8)
        let fingerprint = try #require(URL(fileURLWithPath: path).lastPathComponent.split(separator: ".").first)
        let bad: [(text: String, reason: String)] = [
            ("", "it is damaged"), ("{", "it is damaged"), ("[1, 2]", "it is damaged"),
            (String(good.prefix(good.count / 2)), "it is damaged"),
            (good.replacing("diptych tuning 1", with: "diptych tuning 9"), "it is damaged"),
            (good.replacing("\"plain\"", with: "7"), "it is damaged"),
            (String(repeating: "[", count: 100_000), "it is damaged"),
            (good.replacing(fingerprint, with: "0123456789abcdef"), "another device, driver or set of kernels"),
        ]
        for (text, reason) in bad {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let backend = try open()
            #expect(backend.tuning.isEmpty)
            let problem = try #require(backend.tuningProblem)
            #expect(problem.contains(path) && problem.contains(reason) && !problem.contains("\n"), "\(text.prefix(40))")
        }
        try open().store([poolKey: .plain])
        #expect(try open().tuningProblem == nil && open().tuning == [poolKey: .plain])
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(try open().tuningProblem?.contains("it cannot be read") == true)
        #expect(throws: OpenCLBackendError.self) { try open().store([poolKey: .plain]) }
    }

    @Test("an entry that names no kernel is left out, and the others count")
    func unknownEntries() throws {
        let path = try open().tuningPath
        try open().store([poolKey: .plain, "reduce [1]": .plain])
        let text = try String(contentsOfFile: path, encoding: .utf8)
            .replacing("\"reduce [1]\" : \"plain\"", with: "\"reduce [1]\" : \"wide 5x5\", \"tanh [1]\" : \"plain\"")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let backend = try open()
        #expect(backend.tuning == [poolKey: .plain])
        #expect(backend.tuningProblem == "\(path): 2 of its choices name no kernel and are ignored")
    }
}
