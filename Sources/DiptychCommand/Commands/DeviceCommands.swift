// `diptych devices`, `check`, `bench kernels`, `bench step` and `bench infonce`: their options and help.

import Configuration
package import Diptych

/// `diptych devices`.
package struct DevicesCommand: CommandInterface {
    package var device = "auto"
    package var json = false

    package init() {}

    package static let name = "devices"
    package static let summary = "List the devices, and which one would be chosen"
    package static let discussion = ""
    package static let options: [Option<Self>] = [.device(\.device), .json(\.json)]
    package static let examples = [Example("diptych devices --device cpu", "what `--device cpu` would choose")]
}

/// `diptych check`.
package struct CheckCommand: CommandInterface {
    package var device = "auto"
    package var precision = Precision.float32
    package var operations: [String] = []
    package var lists = false
    package var small = false
    package var seed: UInt64 = 0
    package var kernels: [ForcedKernel] = []
    package var json = false

    package init() {}

    package static let name = "check"
    package static let summary = "Compare a device with the reference, operation by operation"
    package static let discussion = """
        Runs the samples of every operation, and a training step, on the device and on the
        reference; names the first node that differs. Exits 1 where anything differs.
        """
    package static let options: [Option<Self>] = [
        .device(\.device),
        .precision(\.precision),
        .operations(\.operations, "only this operation, or only a training `step`"),
        .flag("list", \.lists, "print the names of what can be compared, and compare nothing"),
        .flag("small", \.small, "only small shapes, for slow devices such as oclgrind"),
        .value("seed", "N", \.seed, .integer(0...UInt64.max), "seed of the inputs"),
        .kernels(\.kernels),
        .json(\.json),
    ]
    package static let examples = [
        Example("diptych check", "the device that training would use"),
        Example("oclgrind diptych check --small", "look for races and wild accesses as well"),
    ]
}

/// `diptych bench kernels`.
package struct BenchKernelsCommand: CommandInterface {
    package var device = "auto"
    package var precision = Precision.float32
    package var operations: [String] = []
    package var lists = false
    package var runs = 10
    package var kernels: [ForcedKernel] = []
    package var json = false

    package init() {}

    package static let name = "bench kernels"
    package static let summary = "Time every kernel of a device"
    package static let discussion = """
        Verifies, warms up, and reports the median: GFLOP/s, GB/s of the bytes that must move,
        and the larger share of two ceilings, fused multiply-adds and copying, which are
        measured anew before each run. A wrong kernel is not timed, the others are; the
        command exits 1 then.
        """
    package static let options: [Option<Self>] = [
        .device(\.device),
        .precision(\.precision),
        .operations(\.operations),
        .flag("list", \.lists, "print the names of what can be timed, and time nothing"),
        .value("runs", "N", \.runs, .integer(1...1_000_000), "runs, of which the median counts"),
        .kernels(\.kernels),
        .json(\.json),
    ]
    package static let examples = [Example("diptych bench kernels --operation convolution", "one operation")]
}

/// `diptych bench step`.
package struct BenchStepCommand: CommandInterface {
    package var configuration: String?
    package var overrides: [String] = []
    package var runs = 5
    package var kernels: [ForcedKernel] = []
    package var profile = false
    package var trace: String?
    package var json = false

    package init() {}

    package static let name = "bench step"
    package static let summary = "Time a whole training step"
    package static let discussion = """
        Times the step of a configuration, as `diptych train` would run it on random views
        that the host gives, from the end of one step to the end of the next. hostSeconds is
        what the host takes to put a step in. The peak of resident memory is that of the process
        up to the last step; secondsToFirstLoss counts from the start of the process, and
        startUpSeconds is that less one median step. A wrong step is not reported.

        With --profile the device times each call, which costs some: the table tells the calls,
        the gaps before them in which the device did none, and the larger share of two ceilings,
        fused multiply-adds and copying, that are measured after the steps.
        """
    package static let options: [Option<Self>] = [
        .optional("config", "FILE.yaml", \.configuration, .path, "configuration; without it the paper's recipe"),
        .override("batch", "N", \.overrides, key: "data.batch"),
        .override("device", "DEVICE", \.overrides, key: "device"),
        .override("precision", "NAME", \.overrides, key: "precision"),
        .override("memory-limit", "SIZE", \.overrides, key: "memoryLimit"),
        .value("runs", "N", \.runs, .integer(1...1_000_000), "steps, of which the median counts"),
        .flag("profile", \.profile, "tell the time of each kernel, its gaps and its share of the ceilings"),
        .trace(\.trace),
        .kernels(\.kernels),
        .json(\.json),
    ]
    package static let overrides: OverridePlace<Self>? = .init(place: \.overrides)
    package static let examples = [
        Example("diptych bench step --batch 64 --json", "a smaller step, for a script"),
        Example("diptych bench step --profile", "kernel by kernel"),
        Example("diptych bench step objective.inversePredictive.weight=1", "with L_IP beside NT-Xent"),
    ]
}

/// `diptych bench infonce`.
package struct BenchInfoNCECommand: CommandInterface {
    package var device = "auto"
    package var kind = ContrastiveObjective.Kind.ntXent
    package var rows: Int?
    package var features = 128
    package var runs = 5
    package var kernels: [ForcedKernel] = []
    package var json = false

    package init() {}

    package static let name = "bench infonce"
    package static let summary = "Time a contrastive loss with its gradient, for many rows"
    package static let discussion = """
        Times the loss and its gradient, from features on the host to both on the host: for N
        rows of D features 6 N^2 D operations are counted for each matrix of scores, however
        many are done (jensenShannon has three matrices). The share is that of the ceiling of
        fused multiply-adds, measured before each run. The peak of resident memory is that of
        the process so far. A loss that differs from the reference is not timed.
        """
    package static let options: [Option<Self>] = [
        .device(\.device),
        .value("kind", "NAME", \.kind, .choice, "ntXent (its rows are both views), infoNCE or jensenShannon"),
        .optional(
            "rows", "N", \.rows, .integer(2...1 << 20), "only N rows, of ntXent an even number; else up to 65536"),
        .value("features", "D", \.features, .integer(1...1 << 16), "features of a row"),
        .value("runs", "N", \.runs, .integer(1...1_000_000), "runs, of which the median counts"),
        .kernels(\.kernels),
        .json(\.json),
    ]
    package static let examples = [
        Example("diptych bench infonce", "NT-Xent of 1024 to 65536 rows"),
        Example("diptych bench infonce --kind infoNCE --rows 16384", "of one size, from X to S only"),
    ]
}
