// What `diptych bench step` found out: the times of some steps and of their kernels, and the memory.

import Diptych

/// The times of some steps, and of their kernels.
struct MeasuredStep {
    let pairs: Int
    let plannedBytes: Int
    /// The calls that a step is made of; `nil` where nothing is put in.
    let calls: Int?
    var seconds: [Double] = []
    /// From the start of the process to the first loss; `nil` where the operating system does not tell.
    var secondsToFirstLoss: Double?
    /// The most memory that the process held up to the end of the last step.
    var peakResidentBytes: Int?
    private var profiles: [RunProfile] = []

    init(pairs: Int, plannedBytes: Int, calls: Int?) {
        (self.pairs, self.plannedBytes, self.calls) = (pairs, plannedBytes, calls)
    }

    mutating func record(_ profile: RunProfile?) {
        if let profile { profiles.append(profile) }
    }

    private var viewsPerSecond: Double { 2 * Double(pairs) / median(seconds) }

    /// What the first loss took beyond a step: loading, planning, compiling, allocating.
    private var startUpSeconds: Double? { secondsToFirstLoss.map { $0 - median(seconds) } }

    /// What the host takes to put a step in; `nil` where nothing is put in.
    private var hostSeconds: Double? { medianSeconds(\.hostNanoseconds) }
    /// What the device spends in the calls of a step, and between them; `nil` where they were not timed.
    private var busySeconds: Double? { isProfiled ? medianSeconds(\.busyNanoseconds) : nil }
    private var gapSeconds: Double? { isProfiled ? medianSeconds(\.gapNanoseconds) : nil }

    private var isProfiled: Bool { profiles.first?.calls.isEmpty == false }

    private func medianSeconds(_ time: (RunProfile) -> Int) -> Double? {
        profiles.isEmpty ? nil : median(profiles.map { Double(time($0)) * 1e-9 })
    }

    /// Calls of one function on one shape together, the longest first; each the median of the steps.
    func kernels(beside ceilings: Ceilings) -> [KernelTiming] {
        guard let first = profiles.first?.calls else { return [] }
        var order: [String] = []
        var groups: [String: [Int]] = [:]
        for (index, call) in first.enumerated() {
            let key = "\(call.name)|\(call.shapes)"
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(index)
        }
        return order.map { key in
            let calls = groups[key] ?? []
            func total(_ time: @escaping (ProfiledCall) -> Int) -> Double? {
                medianSeconds { profile in calls.reduce(0) { $0 + time(profile.calls[$1]) } }
            }
            return KernelTiming(
                operation: first[calls[0]].name, shapes: first[calls[0]].shapes,
                medianSeconds: total(\.nanoseconds) ?? 0, gapSeconds: total(\.gapNanoseconds),
                operations: calls.reduce(0) { $0 + first[$1].operations },
                bytes: calls.reduce(0) { $0 + first[$1].bytes }, ceilings: ceilings)
        }.sorted { $0.medianSeconds > $1.medianSeconds }
    }

    /// What the table of kernels comes to; `nil` without one.
    var totals: String? {
        guard let busySeconds, let gapSeconds, let hostSeconds else { return nil }
        func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1e3, 3) + " ms" }
        return "of a step the device is busy for \(milliseconds(busySeconds)) and idle between calls for "
            + "\(milliseconds(gapSeconds)); the host puts it in within \(milliseconds(hostSeconds))"
    }

    var summary: String {
        func told(_ value: Double?) -> String { value.map { fixed($0, 2) + " s" } ?? "unknown" }
        return "step of \(pairs) pairs: median \(fixed(median(seconds), 3)) s of \(seconds.count), "
            + "\(fixed(viewsPerSecond, 1)) views/s; from process start to first loss \(told(secondsToFirstLoss)), "
            + "less one step \(told(startUpSeconds)); planned \(plannedBytes >> 20) MiB, peak resident "
            + (peakResidentBytes.map { "\($0 >> 20) MiB" } ?? "unknown")
    }

    func json(_ choice: BackendChoice, _ ceilings: Ceilings?) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? nil }
        return [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "pairs": .integer(pairs),
            "runs": .integer(seconds.count), "medianSeconds": .number(median(seconds)),
            "viewsPerSecond": .number(viewsPerSecond), "hostSeconds": number(hostSeconds),
            "calls": calls.map { .integer($0) } ?? nil, "busySeconds": number(busySeconds),
            "gapSeconds": number(gapSeconds), "secondsToFirstLoss": number(secondsToFirstLoss),
            "startUpSeconds": number(startUpSeconds), "plannedBytes": .integer(plannedBytes),
            "peakBytes": peakResidentBytes.map { .integer($0) } ?? nil, "ceilings": ceilings?.json ?? nil,
            "kernels": .array(ceilings.map { kernels(beside: $0).map(\.json) } ?? []),
        ]
    }
}
