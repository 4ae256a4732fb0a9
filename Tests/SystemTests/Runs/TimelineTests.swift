// `--trace`: a timeline that other programs open, of a run that ends well, is interrupted, or is killed.

import Foundation
import Testing

@Suite struct TimelineTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path("trace.json") }

    init() throws {
        try TinyData.writePairs(20, to: folder.path("pairs.safetensors"))
        try TinyData.writeImages(to: folder.path("images"))
    }

    private func train(_ out: String, _ device: TestDevice, _ more: [String]) -> [String] {
        ["train", "--out", folder.path(out), "--trace", path] + device.option + TinyData.encoder + more
    }

    private func pairs(steps: Int) -> [String] {
        ["--data", "pairs:" + folder.path("pairs.safetensors"), "--steps", String(steps)]
    }

    @Test("a run, step by step", arguments: TestDevice.all)
    func run(device: TestDevice) throws {
        let data = ["--data", "images:" + folder.path("images"), "--steps", "5"]
        let older = ["bench", "step", "--runs", "1", "--trace", path] + TestDevice.reference.option + TinyData.encoder
        #expect(try ProgramRun(older).status == 0)
        let run = try ProgramRun(
            train("run", device, data + ["training.checkpointEvery=2", "training.evaluateEvery=1"]))
        #expect(run.status == 0, "\(run.messages)")
        let timeline = try Timeline(path)
        timeline.expectOrder()
        func steps(_ name: String) -> [Int] { timeline.events(on: "host").filter { $0.name == name }.map(\.step) }
        for name in ["batch", "put in", "read metrics"] { #expect(steps(name) == [1, 2, 3, 4, 5], "\(name)") }
        #expect(steps("save") == [2, 4, 5])
        #expect(steps("evaluate") == [0, 3, 5], "24 images are three steps of 8")
        try checkDevice(timeline, device, steps: 5)
        // Tracing changes nothing that is computed.
        let plain = try ProgramRun(
            ["train", "--out", folder.path("plain")] + device.option + TinyData.encoder + data
                + ["training.checkpointEvery=2", "training.evaluateEvery=1"])
        #expect(plain.status == 0, "\(plain.messages)")
        let records = ["run", "plain"].map { RunRecord(path: folder.path($0)) }
        #expect(try records[0].timelessMetrics() == records[1].timelessMetrics())
        #expect(try records[0].checkpointBytes(5) == records[1].checkpointBytes(5))
    }

    @Test("a bench", arguments: TestDevice.all)
    func bench(device: TestDevice) throws {
        let run = try ProgramRun(
            ["bench", "step", "--runs", "3", "--trace", path, "--json"] + device.option + TinyData.encoder)
        #expect(run.status == 0, "\(run.messages)")
        let timeline = try Timeline(path)
        timeline.expectOrder()
        #expect(timeline.events(on: "host").filter { $0.name == "put in" }.map(\.step) == [1, 2, 3, 4])
        try checkDevice(timeline, device, steps: 4)
    }

    /// Every kernel of every step is there, inside of its step and between what the host did.
    private func checkDevice(_ timeline: Timeline, _ device: TestDevice, steps: Int) throws {
        guard device == .openCL else {
            #expect(timeline.tracks == ["host"])
            return
        }
        #expect(timeline.tracks.count == 4 && timeline.tracks.prefix(2) == ["host", "steps"])
        #expect(timeline.tracks[3] == "transfers")
        let kernels = timeline.events(on: timeline.tracks[2])
        let names = kernels.filter { $0.step == 1 }.map(\.name)
        #expect(names.count > 10 && names.contains { $0.contains(/^convolution.*: convolution_/) }, "\(names)")
        for (index, whole) in timeline.events(on: "steps").enumerated() {
            let step = index + 1
            #expect(whole.name == "step \(step)")
            let mine = kernels.filter { $0.step == step }
            #expect(mine.map(\.name) == names)
            #expect(mine.first?.start == whole.start && mine.last?.end == whole.end)
            for kernel in mine {
                #expect(kernel.arguments["shapes"] is String)
                for rate in ["GFLOP/s", "GB/s"] { #expect(kernel.arguments[rate] as? Double ?? -1 >= 0) }
            }
            let host = timeline.events(on: "host").filter { $0.step == step }
            let (begin, end) = (
                try #require(host.first { $0.name == "put in" }).start,
                try #require(host.first { $0.name == "read metrics" }).end
            )
            // What separates the clocks of different machines, or their beginnings, is far above a tenth of a second.
            #expect(begin - 100_000_000 <= whole.start && whole.end <= end + 100_000_000)
        }
        #expect(timeline.events(on: "steps").count == steps)
        let transfers = timeline.events(on: "transfers").filter { $0.step == steps }.map(\.name)
        #expect(transfers.contains("input learningRate") && transfers.contains("output loss"), "\(transfers)")
    }

    @Test("a run that is interrupted, and one that is killed", arguments: TestDevice.all)
    func ended(device: TestDevice) throws {
        for signal in [SIGINT, SIGKILL] {
            let record = RunRecord(path: folder.path("run\(signal)"))
            let program = try StartedProgram(
                train("run\(signal)", device, pairs(steps: 1_000_000) + ["training.checkpointEvery=1000000"]))
            let deadline = Date() + 120
            while program.isRunning, record.lineCount < 3, Date() < deadline { usleep(500) }
            program.send(signal)
            let end = try program.end(within: 120)
            #expect(end.status == (signal == SIGINT ? 75 : nil), "\(end.messages)")
            let timeline = try Timeline(path, mayBeOpen: signal == SIGKILL)
            timeline.expectOrder()
            #expect(timeline.events(on: "host").filter { $0.name == "read metrics" }.count >= 3)
            guard signal == SIGINT else { continue }
            #expect(timeline.events(on: "host").map(\.step).last == (try record.steps().last))
        }
    }

    @Test("a place where no file can be leaves no run behind")
    func places() throws {
        for (place, reason) in [("none/trace.json", "No such file or directory"), ("images", "Is a directory")] {
            let words = ["--out", folder.path("run"), "--trace", folder.path(place)] + TestDevice.reference.option
            let run = try ProgramRun(["train"] + words + TinyData.encoder + pairs(steps: 1))
            #expect(run.status == 73, "\(run.messages)")
            #expect(run.errors == ["error: cannot create \(folder.path(place)): \(reason)"])
            #expect(try !folder.names().contains("run"))
        }
    }

    @Test("a file that is no timeline stays, and one that another process writes is left to it")
    func otherFiles() throws {
        let words = ["bench", "step", "--runs", "1", "--trace", path] + TestDevice.reference.option + TinyData.encoder
        for text in ["precious\n", "[\n{\"name\":\"another program\"}\n]\n"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            let run = try ProgramRun(words)
            #expect(run.status == 73)
            #expect(
                run.errors == [
                    "error: cannot create \(path): a file is there that is no trace of diptych; choose another name"
                ])
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
        try Data("[\n]\n".utf8).write(to: URL(fileURLWithPath: path))
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let held = try ProgramRun(words)
        #expect(held.status == 73)
        #expect(held.errors == ["error: cannot create \(path): another process is writing it"])
        flock(descriptor, LOCK_UN)
        #expect(try ProgramRun(words).status == 0, "an empty timeline is one")
    }

    @Test(
        "a full disk is an error, and what was written stays whole",
        .enabled("mounting a small disk needs root") { SmallDisk.mayMount })
    func fullDisk() throws {
        try FileManager.default.createDirectory(atPath: folder.path("disk"), withIntermediateDirectories: true)
        let disk = try #require(SmallDisk(at: folder.path("disk"), kibibytes: 16))
        defer { disk.unmount() }
        let trace = folder.path("disk/trace.json")
        let run = try ProgramRun(
            ["train", "--out", folder.path("run"), "--trace", trace] + TestDevice.reference.option + TinyData.encoder
                + pairs(steps: 1000))
        #expect(run.status == 74, "\(run.messages)")
        #expect(run.errors == ["error: writing \(trace) failed: No space left on device"])
        let timeline = try Timeline(trace)
        timeline.expectOrder()
        #expect(timeline.events(on: "host").count > 10)
    }
}

/// A timeline as another program reads it.
private struct Timeline {
    /// Something that took time. Times are in nanoseconds.
    struct Event {
        let name: String
        let track: Int
        let start: Int
        let end: Int
        let arguments: [String: Any]

        var step: Int { arguments["step"] as? Int ?? -1 }
    }

    /// The names of the tracks, from top to bottom.
    let tracks: [String]
    private let numbers: [String: Int]
    private let events: [Event]

    /// Reads the file at `path`; one that `mayBeOpen` may lack the array's end, and end in the middle of an event.
    init(_ path: String, mayBeOpen: Bool = false) throws {
        var text = try String(contentsOfFile: path, encoding: .utf8)
        if mayBeOpen, !text.hasSuffix("\n]\n") {
            let end = try #require(text.ranges(of: "}").last { text[..<$0.upperBound].hasSuffix("}}") })
            text = text[..<end.upperBound] + "]"
        }
        let all = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        func arguments(_ event: [String: Any]) -> [String: Any] { event["args"] as? [String: Any] ?? [:] }
        let named = all.filter { $0["name"] as? String == "thread_name" && $0["ph"] as? String == "M" }
        let pairs = named.compactMap { event in
            (arguments(event)["name"] as? String).map { ($0, event["tid"] as? Int ?? 0) }
        }
        numbers = Dictionary(uniqueKeysWithValues: pairs)
        tracks = pairs.sorted { $0.1 < $1.1 }.map(\.0)
        events = all.filter { $0["ph"] as? String == "X" }.map { event in
            func nanoseconds(_ name: String) -> Int { Int(((event[name] as? Double ?? .nan) * 1000).rounded()) }
            let start = nanoseconds("ts")
            return Event(
                name: event["name"] as? String ?? "", track: event["tid"] as? Int ?? 0, start: start,
                end: start + nanoseconds("dur"), arguments: arguments(event))
        }
    }

    /// The events of a track, in the order of the file.
    func events(on track: String) -> [Event] { events.filter { $0.track == numbers[track] } }

    /// Each event of a track begins when the one before it has ended.
    func expectOrder() {
        for track in tracks {
            let events = events(on: track)
            #expect(!events.isEmpty && events[0].start >= 0, "\(track)")
            for (event, next) in zip(events, events.dropFirst()) {
                #expect(event.end <= next.start, "\(track): \(event), \(next)")
            }
        }
    }
}
