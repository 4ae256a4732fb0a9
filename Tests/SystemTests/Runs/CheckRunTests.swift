// `diptych check`: what it compares, and what it says of a device that computes something else.

import Foundation
import Testing

@Suite struct CheckRunTests {
    private let folder = TemporaryFolder()

    @Test("another seed draws other numbers for the same samples")
    func seed() throws {
        let rows = try ["1", "2", "1"].map { seed in
            let run = try ProgramRun(
                ["check", "--operation", "softmax", "--seed", seed, "--json"] + TestDevice.reference.option)
            #expect(run.status == 0, "\(run.messages)")
            return try #require((run.json() as? [String: Any])?["samples"] as? [[String: Any]])
        }
        #expect(rows[0].compactMap { $0["sample"] as? String } == rows[1].compactMap { $0["sample"] as? String })
        #expect(rows[0].allSatisfy { $0["relativeError"] as? Double == 0 })
    }

    @Test("what can be compared is listed, a name a line")
    func list() throws {
        let run = try ProgramRun(["check", "--list"])
        #expect(run.status == 0)
        let names = run.output.split(separator: "\n").map(String.init)
        #expect(names == names.sorted())
        #expect(Set(names).isSuperset(of: ["step", "convolution", "adam"]))
    }

    @Test(
        "all kernels of a sort are forced at once", .requiresOpenCL, arguments: ["plain", "wide", "tiled", "winograd"])
    func family(name: String) throws {
        let run = try ProgramRun(
            ["check", "--small", "--operation", "convolution", "--kernel", name] + TestDevice.openCL.option,
            environment: ["DIPTYCH_TRACE": "1"])
        #expect(run.status == 0, "\(run.messages)")
        let chosen = run.messages.split(separator: "\n").filter { $0.hasPrefix("kernel: convolution ") }
        #expect(!chosen.isEmpty && chosen.allSatisfy { $0.contains(": \(name)") }, "\(run.messages)")
    }

    @Test("a wrong kernel: the step's first node that differs is named", .requiresOpenCL)
    func wrongKernel() throws {
        let kernels = folder.path("kernels")
        try FileManager.default.copyItem(atPath: Repository.root.appending(path: "Kernels").path, toPath: kernels)
        let text = try Repository.text("Kernels/momentum.cl")
        let wrong = text.replacing("load_first(rest, m + i), g)", with: "load_first(rest, m + i), 2.0f * g)")
        try #require(wrong != text)
        try Data(wrong.utf8).write(to: URL(fileURLWithPath: kernels + "/momentum.cl"))
        let environment = ["DIPTYCH_KERNELS": kernels]
        let run = try ProgramRun(["check", "--small", "--json"] + TestDevice.openCL.option, environment: environment)
        #expect(run.status == 1)
        #expect(run.messages.contains("error: momentum: [17]: 'parameter': 17 elements differ"))
        #expect(run.messages.contains("error: training step: the first node that differs is %"))
        let result = try run.json() as? [String: Any]
        let fact = result?["firstDifference"] as? String ?? ""
        #expect(fact.contains(" = momentum(%"), "\(fact)")
        #expect(result?["failed"] as? [String] == ["momentum", "step"])

        try Data("#error broken\n".utf8).write(to: URL(fileURLWithPath: kernels + "/momentum.cl"))
        let words = [
            "check", "--small", "--json", "--operation", "momentum", "--operation", "step", "--operation", "cast",
        ]
        let broken = try ProgramRun(words + TestDevice.openCL.option, environment: environment)
        #expect(broken.status == 1)
        // A step that cannot run takes nothing from what is known of the operations.
        let rest = try broken.json() as? [String: Any]
        #expect(rest?["failed"] as? [String] == ["momentum", "step"])
        #expect((rest?["trainingStepFailure"] as? String)?.contains("broken") == true)

        try FileManager.default.removeItem(atPath: kernels + "/reduce.cl")
        let missing = try ProgramRun(["check"] + TestDevice.openCL.option, environment: environment)
        #expect(missing.status == 65)
        #expect(missing.messages == "error: the kernel folder \(kernels) has no readable file reduce.cl\n")
    }
}
