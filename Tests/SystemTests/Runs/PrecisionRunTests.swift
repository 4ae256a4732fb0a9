// `--precision`: refused where it cannot be had, told and recorded where it can, on emulated tensor cores.

import Foundation
import Testing

@Suite struct PrecisionRunTests {
    private let folder = TemporaryFolder()

    @Test("the reference computes in float32 alone, and other words mean nothing")
    func refused() throws {
        let check = ["check", "--operation", "softmax"] + TestDevice.reference.option
        let run = try ProgramRun(check + ["--precision", "tf32"])
        #expect(run.status == 69)
        #expect(
            run.errors == [
                "error: reference (CPU) does not multiply in tf32: it defines what is right, in float32; float32 works everywhere"
            ])
        #expect(try ProgramRun(check + ["--precision", "float32"]).status == 0)
        let word = try ProgramRun(check + ["--precision", "fp16"])
        #expect(word.status == 2)
        #expect(word.errors.first?.contains("'fp16' is none of float32, tf32, bf16") == true)
        let train = try ProgramRun(["train", "precision=half", "--steps", "1"] + TestDevice.reference.option)
        #expect(train.status == 2)
        #expect(train.errors.first?.contains("precision: 'half' is none of float32, tf32, bf16") == true)
    }

    @Test("a run in another precision is told, recorded, and warned of when it goes on", .requiresOpenCL)
    func recorded() throws {
        let environment = ["DIPTYCH_KERNELS": try folder.emulatingKernels()]
        let pairs = folder.path("pairs.safetensors")
        try TinyData.writePairs(16, to: pairs)
        func train(_ steps: Int, _ precision: String) throws -> ProgramRun {
            let run = try ProgramRun(
                ["train", "--data", "pairs:" + pairs, "--steps", String(steps), "--out", folder.path("run")]
                    + ["--resume", "auto", "--precision", precision] + TestDevice.openCL.option
                    + ["encoder.channels=4", "encoder.features=16", "encoder.inputSize=8", "data.batch=8"],
                environment: environment)
            #expect(run.status == 0, "\(run.messages)")
            return run
        }
        #expect(try train(1, "tf32").messages.contains("), products in tf32\n"))
        let record = RunRecord(path: folder.path("run"))
        let first = try JSONSerialization.jsonObject(with: record.bytes("environment.json")) as? [String: Any]
        #expect(first?["precision"] as? String == "tf32")
        #expect(try String(decoding: record.bytes("config.yaml"), as: UTF8.self).contains("\nprecision: tf32  # "))
        #expect(try !train(2, "tf32").messages.contains("warning"))

        let changed = try train(3, "float32")
        #expect(!changed.messages.contains("products in"))
        #expect(changed.messages.contains("warning: precision was 'tf32' and is 'float32': the bits may differ"))
        let last = try JSONSerialization.jsonObject(with: record.bytes("environment.json")) as? [String: Any]
        #expect((last?["resumed"] as? [[String: Any]])?.map { $0["precision"] as? String } == ["tf32", "float32"])
    }
}

extension TemporaryFolder {
    /// A copy of the kernels that makes tensor cores of ordinary instructions.
    func emulatingKernels() throws -> String {
        let kernels = path("kernels")
        try FileManager.default.copyItem(atPath: Repository.root.appending(path: "Kernels").path, toPath: kernels)
        let text = try Repository.text("Kernels/tiled/tensor.h")
        let emulating = text.replacing("#define EMULATED 0", with: "#define EMULATED 1")
        try #require(emulating != text)
        try Data(emulating.utf8).write(to: URL(fileURLWithPath: kernels + "/tiled/tensor.h"))
        return kernels
    }
}
