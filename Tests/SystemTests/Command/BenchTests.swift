// `diptych bench`: what it prints for scripts, and that its figures belong together.

import Foundation
import Testing

@Suite struct BenchTests {
    private static let smallStep =
        ["bench", "step", "--runs", "2", "--json", "objective.inversePredictive.weight=1"] + TinyData.encoder

    @Test(arguments: TestDevice.all) func aStepIsTimedFromTheStartOfTheProcess(on device: TestDevice) throws {
        let run = try ProgramRun(Self.smallStep + device.option)
        #expect(run.status == 0, "\(run.messages)")
        let result = try #require(try run.json() as? [String: Any])
        func number(_ name: String) throws -> Double { try #require(result[name] as? Double, "\(name)") }
        #expect(try number("pairs") == 8)
        #expect(try number("runs") == 2)
        let median = try number("medianSeconds")
        #expect(median > 0)
        #expect(abs(try number("viewsPerSecond") * median - 16) < 1e-9)
        #expect(abs(try number("secondsToFirstLoss") - number("startUpSeconds") - median) < 1e-9)
        // Neither the arrays of the ceilings' measurement, two of 256 MiB, nor anything else that follows the steps.
        #expect(try number("peakBytes") < 512 * 1_048_576)
        #expect(try number("peakBytes") > number("plannedBytes"))
        // The device is left alone with its calls, as in training; only `--profile` times them.
        #expect((result["kernels"] as? [Any])?.isEmpty == true)
        for name in ["ceilings", "busySeconds", "gapSeconds"] { #expect(result[name] is NSNull, "\(name)") }
        guard device == .openCL else {
            for name in ["hostSeconds", "calls"] { #expect(result[name] is NSNull, "\(name)") }
            return
        }
        #expect(try number("hostSeconds") > 0)
        #expect(try number("calls") > 10)
    }

    @Test(arguments: TestDevice.all) func aProfileIsThatOfTheWholeStep(on device: TestDevice) throws {
        let run = try ProgramRun(Self.smallStep + ["--profile", "--runs", "1"] + device.option)
        #expect(run.status == 0, "\(run.messages)")
        let result = try #require(try run.json() as? [String: Any])
        let kernels = try #require(result["kernels"] as? [[String: Any]])
        #expect(kernels.isEmpty == (device == .reference))
        guard device == .openCL else { return }
        func sum(_ name: String) -> Double { kernels.reduce(0) { $0 + ($1[name] as? Double ?? .nan) } }
        func number(_ name: String) throws -> Double { try #require(result[name] as? Double, "\(name)") }
        #expect(abs(try number("busySeconds") - sum("medianSeconds")) < 1e-9)
        #expect(abs(try number("gapSeconds") - sum("gapSeconds")) < 1e-9)
        #expect(try number("busySeconds") > 0)
        let ceilings = try #require(result["ceilings"] as? [String: Double])
        for kernel in kernels {
            #expect(kernel["ceilings"] as? [String: Double] == ceilings)
            #expect(kernel["gapSeconds"] as? Double ?? -1 >= 0)
        }
    }

    @Test(.requiresOpenCL) func aProfileIsATable() throws {
        let words = ["bench", "step", "--runs", "1", "--profile"] + TinyData.encoder + TestDevice.openCL.option
        let run = try ProgramRun(words, environment: ["DIPTYCH_TRACE": "3"])
        #expect(run.status == 0, "\(run.messages)")
        let head = run.output.split(separator: "\n").first?.split(separator: /\s\s+/).map(String.init)
        #expect(head == ["kernel", "shape", "median ms", "gap ms", "GFLOP/s", "GB/s", "share"])
        #expect(run.output.contains(/of a step the device is busy for [\d.]+ ms and idle between calls for [\d.]+ ms;/))
        // The same is told of each run as it happens.
        #expect(run.messages.contains(/\n\d+ us after \d+ us: .*: adam .*, [\d.]+ GFLOP\/s, [\d.]+ GB\/s\n/))
        #expect(run.messages.contains(/\nrun of \d+ calls: \d+ us busy, \d+ us between calls, \d+ us to put in\n/))
    }

    @Test func aStepMayHaveAnyBatch() throws {
        let run = try ProgramRun(Self.smallStep + ["--device", "reference", "--batch", "3"])
        let result = try run.json() as? [String: Any]
        #expect(result?["pairs"] as? Int == 3)
    }

    @Test(.requiresOpenCL) func aShareIsOfTheCeilingsBesideIt() throws {
        let run = try ProgramRun(
            ["bench", "kernels", "--operation", "logSumExp", "--runs", "1", "--json"] + TestDevice.openCL.option)
        #expect(run.status == 0, "\(run.messages)")
        let result = try #require(try run.json() as? [String: Any])
        let row = try #require((result["kernels"] as? [[String: Any]])?.first)
        let ceilings = try #require(row["ceilings"] as? [String: Double])
        func share(_ name: String) throws -> Double {
            try #require(row[name] as? Double) / #require(ceilings[name])
        }
        #expect(row["operation"] as? String == "logSumExp")
        let larger = max(try share("gigaflops"), try share("gigabytesPerSecond"))
        #expect(abs(try #require(row["share"] as? Double) - larger) < 1e-9)
        #expect(result["ceilings"] as? [String: Double] == ceilings)
    }

    @Test(.requiresOpenCL) func aKernelThatIsNotTimedIsTold() throws {
        let folder = TemporaryFolder()
        let kernels = folder.path("kernels")
        try FileManager.default.copyItem(atPath: Repository.root.appending(path: "Kernels").path, toPath: kernels)
        try Data("#error broken\n".utf8).write(to: URL(fileURLWithPath: kernels + "/resample.cl"))
        let run = try ProgramRun(
            ["bench", "kernels", "--operation", "resample", "--runs", "1", "--json"] + TestDevice.openCL.option,
            environment: ["DIPTYCH_KERNELS": kernels])
        #expect(run.status == 1)
        let result = try #require(try run.json() as? [String: Any])
        #expect((result["kernels"] as? [Any])?.isEmpty == true)
        let failures = try #require(result["failures"] as? [[String: String]])
        // One does not keep the next from being tried.
        #expect(failures.count == 2 && run.errors.count == 2)
        #expect(failures.allSatisfy { $0["operation"] == "resample" && $0["reason"]?.contains("broken") == true })
    }

    @Test func whatCanBeTimedIsListed() throws {
        let run = try ProgramRun(["bench", "kernels", "--list"])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("adam\nbatchNormalization\nbinary\nblock\nconvolution\n"))
    }

    @Test(arguments: TestDevice.all) func aContrastiveLossIsCountedByItsScores(on device: TestDevice) throws {
        for (kind, matrices) in [("ntXent", 1.0), ("infoNCE", 1), ("jensenShannon", 3)] {
            let run = try ProgramRun(
                ["bench", "infonce", "--kind", kind, "--rows", "98", "--features", "7", "--runs", "2", "--json"]
                    + device.option)
            #expect(run.status == 0, "\(run.messages)")
            let result = try #require(try run.json() as? [String: Any])
            #expect(result["kind"] as? String == kind)
            #expect(try #require(result["relativeError"] as? Double) <= 1e-5)
            let row = try #require((result["sizes"] as? [[String: Any]])?.first)
            func number(_ name: String) throws -> Double { try #require(row[name] as? Double, "\(name)") }
            let counted = matrices * 6 * 98 * 98 * 7
            #expect(abs(try number("gigaflops") * number("medianSeconds") * 1e9 / counted - 1) < 1e-9)
            #expect(try number("peakBytes") > number("plannedBytes"))
            if device == .reference {
                #expect(row["share"] is NSNull)
            } else {
                #expect(abs(try number("share") * number("ceilingGigaflops") / number("gigaflops") - 1) < 1e-9)
            }
        }
    }

    @Test func anOddNumberOfRowsHasNoTwoViews() throws {
        let run = try ProgramRun(["bench", "infonce", "--rows", "99", "--device", "reference"])
        #expect(run.status == 2)
        #expect(
            run.errors == [
                "error: --rows: 99 is odd: the rows of ntXent are those of two views (see diptych bench infonce --help)"
            ])
    }

    @Test func moreFeaturesThanCanBeCountedAreRefused() throws {
        let run = try ProgramRun(
            ["bench", "infonce", "--rows", "1048576", "--features", "65536", "--device", "reference"])
        #expect(run.status == 2)
        #expect(run.messages.contains("are 68719476736 numbers, more than 2147483647"))
    }

    @Test func whatIsNotTimedIsSaid() throws {
        let reference = try ProgramRun(["bench", "kernels", "--device", "reference"])
        #expect(reference.status == 2)
        #expect(
            reference.errors == [
                "error: --device: the reference has no kernels to time (see diptych bench kernels --help)"
            ])
    }

    @Test(.requiresOpenCL) func anUnknownOperationIsAnsweredWithTheKnown() throws {
        let run = try ProgramRun(
            ["bench", "kernels", "--operation", "logSumExp", "--operation", "pool"] + TestDevice.openCL.option)
        #expect(run.status == 2)
        #expect(run.errors.first?.contains("'pool' is not timed; adam, batchNormalization, binary, block, ") == true)
    }
}
