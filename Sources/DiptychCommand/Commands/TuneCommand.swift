// `diptych tune`: its options and help.

import Configuration
import Diptych

/// `diptych tune`.
package struct TuneCommand: CommandInterface {
    package var configuration: String?
    package var overrides: [String] = []
    package var operations: [String] = []
    package var lists = false
    package var runs = 3
    package var json = false

    package init() {}

    package static let name = "tune"
    package static let summary = "Measure which kernels are fastest on a device, and keep the choice"
    package static let discussion = wrapped(
        """
        For each place of a training step that several kernels may serve, every one of them is held against the \
        reference, and those that are right are timed; the fastest is kept in DIPTYCH_CACHE, for this device, driver and \
        set of kernels. Commands that run on the device use it from then on; a training run that goes on keeps the \
        kernels that its steps began with. Takes two or three minutes. Exits 1 where a place has no kernel that is right.

        Operations with a choice: \(KernelChoice.operations.joined(separator: ", ")).
        """)
    package static let options: [Option<Self>] = [
        .optional("config", "FILE.yaml", \.configuration, .path, "configuration; without it the paper's recipe"),
        .override("batch", "N", \.overrides, key: "data.batch"),
        .override("device", "DEVICE", \.overrides, key: "device"),
        .override("precision", "NAME", \.overrides, key: "precision"),
        .operations(\.operations),
        .flag("list", \.lists, "print the operations of the step that have a choice, and measure nothing"),
        .value("runs", "N", \.runs, .integer(1...1_000_000), "runs, of which the median counts"),
        .json(\.json),
    ]
    package static let overrides: OverridePlace<Self>? = .init(place: \.overrides)
    package static let examples = [
        Example("diptych tune", "for the paper's recipe, once per machine"),
        Example("diptych tune --batch 64 encoder.channels=32", "for another step"),
    ]
}
