// What `diptych bench step` found out: the times of some steps and of their kernels, and the memory.

import Diptych

/// The times of some steps, and of their kernels.
struct MeasuredStep {
    let pairs: Int
    let plannedBytes: Int
    var seconds: [Double] = []
    /// From the start of the process to the first loss; `nil` where the operating system does not tell.
    var secondsToFirstLoss: Double?
    /// The most memory that the process held up to the end of the last step.
    var peakResidentBytes: Int?
    private var profiles: [[ProfiledCall]] = []

    init(pairs: Int, plannedBytes: Int) {
        (self.pairs, self.plannedBytes) = (pairs, plannedBytes)
    }

    mutating func record(_ profile: [ProfiledCall]) {
        if !profile.isEmpty { profiles.append(profile) }
    }

    private var viewsPerSecond: Double { 2 * Double(pairs) / median(seconds) }

    /// What the first loss took beyond a step: loading, planning, compiling, allocating.
    private var startUpSeconds: Double? { secondsToFirstLoss.map { $0 - median(seconds) } }

    /// Calls of one function on one shape together, the longest first; each the median of the steps.
    func kernels(beside ceilings: Ceilings) -> [KernelTiming] {
        guard let first = profiles.first else { return [] }
        var order: [String] = []
        var groups: [String: [Int]] = [:]
        for (index, call) in first.enumerated() {
            let key = "\(call.label)|\(call.function)|\(call.shapes)"
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(index)
        }
        return order.map { key in
            let calls = groups[key] ?? []
            let call = first[calls[0]]
            let times = profiles.map { profile in calls.reduce(0) { $0 + Double(profile[$1].nanoseconds) } * 1e-9 }
            return KernelTiming(
                operation: call.function == call.label ? call.label : "\(call.label): \(call.function)",
                shapes: call.shapes, medianSeconds: median(times),
                operations: calls.reduce(0) { $0 + first[$1].operations },
                bytes: calls.reduce(0) { $0 + first[$1].bytes }, ceilings: ceilings)
        }.sorted { $0.medianSeconds > $1.medianSeconds }
    }

    var summary: String {
        func told(_ value: Double?) -> String { value.map { fixed($0, 2) + " s" } ?? "unknown" }
        return "step of \(pairs) pairs: median \(fixed(median(seconds), 3)) s of \(seconds.count), "
            + "\(fixed(viewsPerSecond, 1)) views/s; from process start to first loss \(told(secondsToFirstLoss)), "
            + "less one step \(told(startUpSeconds)); planned \(plannedBytes >> 20) MiB, peak resident "
            + (peakResidentBytes.map { "\($0 >> 20) MiB" } ?? "unknown")
    }

    func json(_ choice: BackendChoice, _ ceilings: Ceilings?) -> JSONValue {
        [
            "device": .string(choice.device), "driver": .string(choice.driver),
            "precision": .string(choice.precision.rawValue), "pairs": .integer(pairs), "runs": .integer(seconds.count),
            "medianSeconds": .number(median(seconds)),
            "viewsPerSecond": .number(viewsPerSecond),
            "secondsToFirstLoss": secondsToFirstLoss.map { .number($0) } ?? nil,
            "startUpSeconds": startUpSeconds.map { .number($0) } ?? nil,
            "plannedBytes": .integer(plannedBytes), "peakBytes": peakResidentBytes.map { .integer($0) } ?? nil,
            "ceilings": ceilings?.json ?? nil,
            "kernels": .array(ceilings.map { kernels(beside: $0).map(\.json) } ?? []),
        ]
    }
}
