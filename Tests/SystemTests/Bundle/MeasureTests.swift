// `measure.sh` of the bundle, around a program that answers at once: what it runs, and what it leaves.

import Foundation
import Testing

@Suite struct MeasureTests {
    private let folder = TemporaryFolder()

    /// Lays the script where it lies in a bundle, beside empty data.
    init() throws {
        for name in ["bin", "data", "driver"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(
            at: Repository.root.appending(path: "benchmarks/bundle/measure.sh"), to: URL(fileURLWithPath: script))
        try write("commit", to: "COMMIT")
        for name in ["images_background.zip", "images_evaluation.zip"] { try write("", to: "data/\(name)") }
    }

    private var script: String { folder.path("measure.sh") }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
    }

    /// Makes `bin/NAME` a script that notes its words in `calls`.
    private func makeCommand(_ name: String, _ body: String) throws {
        try write("#!/bin/sh\necho \"\(name) $*\" >> '\(folder.path("calls"))'\n\(body)\n", to: "bin/\(name)")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/\(name)"))
    }

    private static let onlyCPU = """
        case "$*" in
        "devices --json" | "devices --device cpu --json") echo '[{"type":"cpu","chosen":true}]'; exit ;;
        devices*) echo "error: no OpenCL device fits" >&2; exit 69 ;;
        esac
        """

    private func start(_ words: String..., environment: [String: String] = [:]) throws -> StartedProgram {
        let path = folder.path("bin") + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
        return try StartedProgram(
            [script, "--out", folder.path("results")] + words, of: URL(fileURLWithPath: "/bin/sh"),
            environment: ["PATH": path].merging(environment) { $1 })
    }

    private var calls: [String] {
        get throws {
            try String(contentsOfFile: folder.path("calls"), encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// The rows of `times.jsonl`.
    private var times: [[String: Any]] {
        get throws {
            try String(contentsOfFile: folder.path("results/times.jsonl"), encoding: .utf8).split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }
    }

    /// The statuses of the commands that ran, by name.
    private var statuses: [String: Int] {
        get throws {
            try times.reduce(into: [:]) { $0[$1["name"] as? String ?? ""] = $1["status"] as? Int }
        }
    }

    /// The names in the archive.
    private func archived() throws -> Set<String> {
        let list = try StartedProgram(["-tzf", folder.path("results.tgz")], of: URL(fileURLWithPath: "/bin/tar")).end()
        #expect(list.status == 0, "\(list.messages)")
        return Set(list.output.split(separator: "\n").map(String.init))
    }

    @Test("a step that fails, or that its limit ends, keeps no other from running, and each is told of")
    func goesOn() throws {
        try makeCommand(
            "diptych",
            Self.onlyCPU + """

                case "$*" in
                "check --device cpu --json") echo '{"failed":["convolution","step"]}'; exit 1 ;;
                "check --device cpu --json --operation step") kill -9 $$ ;;
                *"--precision tf32"*) exit 69 ;;
                "tune --device cpu --json") mkdir -p "$DIPTYCH_CACHE/tuning" "$DIPTYCH_CACHE/kernels"
                    echo '{}' > "$DIPTYCH_CACHE/tuning/a.json"
                    echo > "$DIPTYCH_CACHE/kernels/binary"
                    exec sleep 600 ;;
                "bench kernels --list") echo convolution; echo adam; exit ;;
                train*) mkdir -p '\(folder.path("results"))/omniglot-float32/weights'
                    echo > '\(folder.path("results"))/omniglot-float32/weights/1.safetensors'
                    echo > '\(folder.path("results"))/omniglot-float32/metrics.jsonl'
                    exit ;;
                esac
                echo '{}'
                """)
        let run = try start("--device", "cpu", "--limit", "5", "--data", folder.path("data"), "--epochs", "2").end()
        #expect(run.status == 1)
        let failed = run.messages.split(separator: "\n").first { $0.hasPrefix("failed:") }
        #expect(failed?.hasPrefix("failed: check check-step tune; ") == true, "\(run.messages)")
        #expect(
            try statuses == [
                "devices": 0, "device": 0, "check": 1, "check-convolution": 0, "check-step": 137, "step-untuned": 0,
                "tune": 124, "step": 0, "profile": 0, "check-tf32": 69, "check-bf16": 0,
                "tune-bf16-convolution": 0, "tune-bf16-convolutionBackwardInput": 0,
                "tune-bf16-convolutionBackwardFilter": 0, "tune-bf16-matrixProduct": 0, "step-bf16": 0,
                "profile-bf16": 0, "train-float32": 0, "evaluate-float32": 0, "train-bf16": 0, "evaluate-bf16": 0,
                "kernels-convolution": 0, "kernels-adam": 0, "infonce": 0,
            ])
        #expect(try times.contains { $0["name"] as? String == "pytorch" && $0["skipped"] is String })
        #expect(try calls.contains { $0.hasPrefix("diptych train ") && $0.contains(" --epochs 2 ") })

        let names = try archived()
        for name in [
            "check.json", "check-step.log", "tune.log", "times.jsonl", "machine.txt", "commit.txt",
            "cache/tuning/a.json", "omniglot-float32/metrics.jsonl",
        ] {
            #expect(names.contains("results/" + name), "\(name)")
        }
        #expect(
            !names.contains { $0.hasSuffix(".safetensors") || $0.contains("cache/kernels") || $0.hasSuffix(".part") })
    }

    @Test("a device that is not there ends it before anything is measured")
    func noDevice() throws {
        try makeCommand("diptych", Self.onlyCPU + "\nexit 1")
        let run = try start("--steps", "check").end()
        #expect(run.status == 69)
        #expect(run.messages.contains("there is no device 'gpu' to measure"))
        #expect(try calls.allSatisfy { $0.hasPrefix("diptych devices") })
        #expect(try archived().contains("results/machine.txt"))
    }

    @Test("a GPU that no .icd file names is found by its driver's library, and measured beside PyTorch")
    func driver() throws {
        try write("", to: "driver/libnvidia-opencl.so.1")
        try makeCommand(
            "diptych",
            """
            case "$OCL_ICD_VENDORS:$LD_LIBRARY_PATH:" in
            */libnvidia-opencl.so.1:*/driver:*) echo '[{"type":"gpu","chosen":true}]' ;;
            *) echo '[]' ;;
            esac
            """)
        try makeCommand("python3", "echo '{}'")
        let run = try start(
            "--steps", "step,pytorch,slower", environment: ["LD_LIBRARY_PATH": folder.path("driver")]
        ).end()
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.output.contains("no .icd file names a GPU; OCL_ICD_VENDORS="))
        #expect(try calls.contains { $0.hasPrefix("diptych bench step ") && $0.contains(" --runs 50 ") })
        #expect(try calls.contains { $0.hasSuffix(" --runs 50 --variant channels_last+compile+tf32") })
        let names = try archived()
        for variant in ["", "-compile", "-tf32", "-compile-tf32"] {
            #expect(names.contains("results/pytorch-channels_last\(variant).json"))
        }
        #expect(names.contains("results/pytorch-plain-tf32.json"))
        #expect(!names.contains { $0.contains(/[^A-Za-z0-9._\/-]/) }, "\(names)")
    }

    @Test("what there was before a signal lies in the archive")
    func interruption() throws {
        try makeCommand(
            "diptych", Self.onlyCPU + "\ncase \"$1\" in tune) exec sleep 600 ;; esac\necho '{\"failed\":[]}'")
        let started = try start("--device", "cpu", "--steps", "tune,check")
        while started.isRunning, (try? calls)?.last?.hasPrefix("diptych tune") != true { usleep(1000) }
        started.send(SIGTERM)
        let run = try started.end()
        #expect(run.status == 130)
        #expect(try archived().contains("results/check.json"))
        #expect(try calls.last?.hasPrefix("diptych tune") == true)
    }

    @Test("without data no training; an unknown step and a missing value are words that mean nothing")
    func words() throws {
        try makeCommand("diptych", Self.onlyCPU + "\nexit 74")
        let run = try start("--device", "cpu", "--steps", "train", "--data", folder.path("nothing")).end()
        #expect(run.status == 1)
        #expect(run.output.contains("train: left out, without data"))
        #expect(try !calls.contains { $0.hasPrefix("diptych train") })
        #expect(try calls.contains { $0.hasPrefix("diptych data fetch omniglot") })
        for words in [["--steps", "tuna"], ["--steps"], ["--fast"]] {
            let refused = try StartedProgram([script] + words, of: URL(fileURLWithPath: "/bin/sh")).end()
            #expect(refused.status == 2)
        }
    }
}
