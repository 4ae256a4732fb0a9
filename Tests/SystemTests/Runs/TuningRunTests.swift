// Kernels that were measured, and kernels that are forced, through the command line.

import Foundation
import Testing

@Suite(.requiresOpenCL) struct TuningRunTests {
    private let folder = TemporaryFolder()
    /// A step whose bias gradients are sums of whole rows of channels.
    private let step =
        TestDevice.openCL.option + [
            "encoder.channels=8", "encoder.features=16", "encoder.inputSize=8", "data.batch=8",
        ]

    @Test("what `tune` keeps is what the next command uses, and prints")
    func tune() throws {
        let cache = ["DIPTYCH_CACHE": folder.path("cache")]
        let tune = try ProgramRun(
            ["tune", "--operation", "reduce", "--operation", "logSumExp", "--runs", "1", "--json"] + step,
            environment: cache)
        #expect(tune.status == 0, "\(tune.messages)")
        #expect(tune.messages.contains("tuning ") && tune.messages.contains("kernel reduce: "), "no progress")
        let told = try #require(try tune.json() as? [String: Any])
        let nodes = try #require(told["nodes"] as? [[String: Any]])
        #expect(!nodes.isEmpty && nodes.allSatisfy { $0["operation"] as? String == "reduce" })
        let choices = nodes.reduce(into: [:]) { $0[$1["node"] as? String ?? ""] = $1["kernel"] as? String }
        for node in nodes {
            let candidates = try #require(node["candidates"] as? [[String: Any]])
            #expect(candidates.count >= 2)
            for candidate in candidates {
                #expect(candidate["medianSeconds"] is Double || candidate["rejected"] as? String == "slow")
            }
        }

        let file = try #require(told["file"] as? String)
        #expect(try folder.names(in: "cache/tuning") == [URL(fileURLWithPath: file).lastPathComponent])
        let content = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
        #expect((content as? [String: Any])?["kernels"] as? [String: String] == choices)

        let bench = try ProgramRun(
            ["bench", "step", "--runs", "1"] + step, environment: cache.merging(["DIPTYCH_TRACE": "1"]) { $1 })
        #expect(bench.status == 0, "\(bench.messages)")
        #expect(bench.messages.contains("\(nodes.count) tuned kernels in \(file)"))
        for (node, choice) in choices { #expect(bench.messages.contains("kernel: \(node): \(choice)\n")) }

        try Data("{".utf8).write(to: URL(fileURLWithPath: file))
        let damaged = try ProgramRun(["devices", "--json"], environment: cache)
        #expect(damaged.status == 0)
        let check = try ProgramRun(
            ["check", "--operation", "reshape"] + TestDevice.openCL.option, environment: cache)
        #expect(check.status == 0)
        #expect(check.messages.contains("warning: \(file) is ignored: it is damaged; `diptych tune` makes a new one"))
    }

    @Test("the operations that have a choice are listed, and several can be named")
    func names() throws {
        let list = try ProgramRun(["tune", "--list", "--json"] + step)
        #expect(list.status == 0, "\(list.messages)")
        let names = try #require(list.json() as? [String], "\(list.output)")
        #expect(Set(names).isSuperset(of: ["convolution", "matrixProduct", "reduce"]))
        let tune = try ProgramRun(
            ["tune", "--operation", "reduce", "--operation", "pooledNormalization", "--runs", "1", "--json"] + step,
            environment: ["DIPTYCH_CACHE": folder.path("cache")])
        let nodes = try #require((tune.json() as? [String: Any])?["nodes"] as? [[String: Any]], "\(tune.messages)")
        #expect(Set(nodes.compactMap { $0["operation"] as? String }) == ["reduce", "pooledNormalization"])
    }

    @Test("an operation that no kernel computes is told, with those that were measured")
    func noneIsRight() throws {
        let kernels = folder.path("kernels")
        try FileManager.default.copyItem(atPath: Repository.root.appending(path: "Kernels").path, toPath: kernels)
        for name in ["reduce.cl", "tiled/reduce.cl", "wide/column_sum.cl"] {
            try Data("#error broken\n".utf8).write(to: URL(fileURLWithPath: kernels + "/" + name))
        }
        let tune = try ProgramRun(
            ["tune", "--operation", "reduce", "--runs", "1", "--json"] + step,
            environment: ["DIPTYCH_CACHE": folder.path("cache"), "DIPTYCH_KERNELS": kernels])
        #expect(tune.status == 1, "\(tune.messages)")
        #expect((try tune.json() as? [String: Any])?["failed"] as? [String] == ["reduce"])
        #expect(tune.errors == ["error: reduce: no kernel is right for a node; see `diptych check`"])
    }

    @Test("a training run that goes on keeps the kernels that it began with")
    func resume() throws {
        let forced = ["--kernel", "convolution=wide 4x6", "--kernel", "batchNormalization=plain"]
        _ = try train("whole", steps: 4, forced)
        _ = try train("run", steps: 2, forced)
        let resumed = try train("run", steps: 4)
        #expect(!resumed.messages.contains("warning"), "\(resumed.messages)")
        let (whole, run) = (RunRecord(path: folder.path("whole")), RunRecord(path: folder.path("run")))
        #expect(try run.timelessMetrics() == whole.timelessMetrics())
        #expect(try run.checkpointBytes(4) == whole.checkpointBytes(4))
        _ = try train("other", steps: 4)
        #expect(
            try RunRecord(path: folder.path("other")).checkpointBytes(4) != whole.checkpointBytes(4),
            "the kernels do not show in the bits, and the test tests nothing")

        let changed = try train("run", steps: 5, ["--kernel", "convolution=plain"])
        let warnings = changed.messages.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
        #expect(warnings.count == 1, "\(changed.messages)")
        #expect(warnings.first?.contains("was 'wide 4x6' and is 'plain'") == true)
        #expect(warnings.first?.hasSuffix("more kernels differ: the bits may differ from a run left alone") == true)
    }

    @Test("what was tuned since changes nothing in a training run that goes on, and training measures nothing")
    func tunedSince() throws {
        let cache = ["DIPTYCH_CACHE": folder.path("cache")]
        let tune = try ProgramRun(
            ["tune", "--operation", "reduce", "--runs", "1", "--json"] + step, environment: cache)
        let told = try #require(try tune.json() as? [String: Any], "\(tune.messages)")
        let file = URL(fileURLWithPath: try #require(told["file"] as? String))
        func keep(_ kernel: String) throws -> Data {
            var content = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
            content["kernels"] = try #require(content["kernels"] as? [String: String]).mapValues { _ in kernel }
            let data = try JSONSerialization.data(withJSONObject: content)
            try data.write(to: file)
            return data
        }
        _ = try keep("plain")
        _ = try train("whole", steps: 4, environment: cache)
        _ = try train("run", steps: 2, environment: cache)
        let tuned = try keep("wide 4x1")
        #expect(try !train("run", steps: 4, environment: cache).messages.contains("warning"))
        _ = try train("other", steps: 4, environment: cache)
        let bits = try ["whole", "run", "other"].map { try RunRecord(path: folder.path($0)).checkpointBytes(4) }
        #expect(bits[1] == bits[0])
        #expect(bits[2] != bits[0], "the kernels do not show in the bits, and the test tests nothing")
        #expect(try Data(contentsOf: file) == tuned)
    }

    /// Trains on few pairs up to step `steps`, from where the run in `out` is.
    private func train(
        _ out: String, steps: Int, _ more: [String] = [], environment: [String: String] = [:]
    ) throws -> ProgramRun {
        let pairs = folder.path("pairs.safetensors")
        if !FileManager.default.fileExists(atPath: pairs) { try TinyData.writePairs(16, to: pairs) }
        let run = try ProgramRun(
            ["train", "--data", "pairs:" + pairs, "--steps", String(steps), "--out", folder.path(out)]
                + ["--resume", "auto"] + step + more, environment: environment)
        #expect(run.status == 0, "\(run.messages)")
        return run
    }

    @Test("a forced kernel that does not exist is a word that means nothing")
    func unknownKernels() throws {
        let tile = try ProgramRun(["check", "--kernel", "convolution=wide 3x7"])
        #expect(tile.status == 2)
        #expect(
            tile.errors.first?.hasPrefix(
                "error: --kernel: 'convolution=wide 3x7' is not convolution= one of plain, wide 16x12") == true)
        let operation = try ProgramRun(["bench", "step", "--kernel", "tanh=plain"])
        #expect(operation.status == 2)
        #expect(operation.errors.first?.contains("'tanh' has no choice of kernels; batchNormalization,") == true)
        let reference = try ProgramRun(["tune", "--device", "reference"])
        #expect(reference.status == 2)
        let nothing = try ProgramRun(["tune", "--operation", "tanh"] + step)
        #expect(nothing.status == 2, "\(nothing.messages)")
        #expect(nothing.messages.hasPrefix("error: --operation: 'tanh' has no choice of kernels; batchNormalization, "))
        let absent = try ProgramRun(["tune", "--operation", "logSumExp"] + step)
        #expect(absent.status == 2)
        #expect(absent.errors.first?.contains("'logSumExp' of this step has no choice of kernels") == true)
    }
}
