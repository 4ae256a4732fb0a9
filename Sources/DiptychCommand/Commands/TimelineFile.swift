// `--trace FILE`: what host and device did when, in the format of Chrome's tracing, which Perfetto opens.

import Diptych
import Dispatch
import FoundationEssentials

/// A timeline on disk: an array of events in JSON, one a line.
///
/// The file is a whole array whenever nothing is being written, so that however the program ends there is nothing to
/// close; killed in the middle of writing it leaves an array without an end, which Perfetto takes too. Times are in
/// microseconds since the file was opened, by the host's clock.
final class TimelineFile {
    /// A row of the picture.
    private enum Track: Int {
        case host = 1
        case steps
        case device
        case transfers
    }

    private let file: AppendedFile
    private let origin = Int(DispatchTime.now().uptimeNanoseconds)
    /// What to add to the device's clock for the host's; `nil` without a device.
    private let clockOffset: Int?
    private var isEmpty = true

    private static let end = Array("\n]\n".utf8)
    private static let firstEvent = name("process_name", "diptych", of: nil)

    /// Opens `path` for what `choice`, opened with profiling, is going to do; an older timeline there goes.
    ///
    /// - Throws: `TensorFileError` for a place where no file can be written, or where a file is that is no timeline;
    ///   `OpenCLBackendError` when the device fails.
    init(_ path: String, _ choice: BackendChoice) throws {
        clockOffset = try (choice.backend as? OpenCLBackend)?.clockOffset()
        try DurableFile.checkReplaceable(path)
        try Self.checkIsTimeline(path)
        file = try AppendedFile(path)
        try file.truncate(to: 0)
        try file.append(Array("[".utf8) + Self.end)
        var tracks: [(Track, String)] = [(.host, "host")]
        if clockOffset != nil { tracks += [(.steps, "steps"), (.device, choice.device), (.transfers, "transfers")] }
        try write(
            [Self.firstEvent]
                + tracks.flatMap { track, name in
                    [Self.name("thread_name", name, of: track), Self.place(of: track)]
                })
    }

    /// Checks that nothing but a timeline would be replaced: whole, without an event, or cut off in its first.
    private static func checkIsTimeline(_ path: String) throws(TensorFileError) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        let begin = Array("[\n".utf8) + Array(firstEvent.line.utf8)
        let file = try InputFile(path)
        let found = try file.read(min(file.byteCount, begin.count))
        guard begin.starts(with: found) || found == Array("[".utf8) + end else {
            throw .cannotCreate(file: path, reason: "a file is there that is no trace of diptych; choose another name")
        }
    }

    /// Adds a piece of the host's work.
    func add(_ work: HostWork) throws(TensorFileError) {
        try write([
            event(work.kind.rawValue, on: .host, work.times, offset: 0, ["step": .integer(work.step)])
        ])
    }

    /// Adds what the device did for `step`: the profile of its run.
    func add(_ profile: RunProfile, step: Int) throws(TensorFileError) {
        guard let clockOffset, let first = profile.calls.first, let last = profile.calls.last else { return }
        let whole = event(
            "step \(step)", on: .steps, first.times.lowerBound..<last.times.upperBound, offset: clockOffset,
            ["step": .integer(step)])
        let calls = profile.calls.map { call in
            event(
                call.name, on: .device, call.times, offset: clockOffset,
                [
                    "step": .integer(step), "shapes": .string(call.shapes), "GFLOP/s": .number(call.gigaflops),
                    "GB/s": .number(call.gigabytesPerSecond),
                ])
        }
        let transfers = profile.transfers.map { transfer in
            event(
                transfer.label, on: .transfers, transfer.times, offset: clockOffset,
                ["step": .integer(step), "bytes": .integer(transfer.bytes)])
        }
        try write([whole] + calls + transfers)
    }

    private func event(
        _ name: String, on track: Track, _ times: Range<UInt64>, offset: Int, _ arguments: JSONValue
    ) -> JSONValue {
        [
            "name": .string(name), "ph": "X", "pid": 1, "tid": .integer(track.rawValue),
            "ts": .number(Double(Int(times.lowerBound) + offset - origin) / 1000),
            "dur": .number(Double(times.count) / 1000), "args": arguments,
        ]
    }

    private static func name(_ kind: String, _ name: String, of track: Track?) -> JSONValue {
        [
            "name": .string(kind), "ph": "M", "pid": 1, "tid": .integer(track?.rawValue ?? 0),
            "args": ["name": .string(name)],
        ]
    }

    /// Tracks stand in the order of their numbers.
    private static func place(of track: Track) -> JSONValue {
        [
            "name": "thread_sort_index", "ph": "M", "pid": 1, "tid": .integer(track.rawValue),
            "args": ["sort_index": .integer(track.rawValue)],
        ]
    }

    /// Puts `events` in the place of the array's end, and the end behind them; where that fails, what was there stays.
    private func write(_ events: [JSONValue]) throws(TensorFileError) {
        let lines = events.map(\.line).joined(separator: ",\n")
        try file.truncate(to: file.byteCount - Self.end.count)
        do throws(TensorFileError) {
            try file.append(Array(((isEmpty ? "\n" : ",\n") + lines).utf8) + Self.end)
        } catch {
            try? file.append(Self.end)
            throw error
        }
        isEmpty = false
    }
}

extension Option where Root: CommandInterface {
    /// `--trace`.
    package static func trace(_ place: any WritableKeyPath<Root, String?> & Sendable) -> Self {
        optional(
            "trace", "FILE.json", place, .path,
            "what host and device did when, for Perfetto; each call is timed then")
    }
}
