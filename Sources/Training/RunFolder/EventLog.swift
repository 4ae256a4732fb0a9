// TensorBoard's event file: records of protocol buffers, written by hand.

public import FoundationEssentials
package import TensorFiles

/// An event file that TensorBoard reads: scalars by step.
///
/// A record is `length: UInt64, masked CRC of the length, bytes, masked CRC of the bytes`, all little-endian; the bytes
/// are an `Event` of tensorflow/core/util/event.proto.
public final class EventLog {
    private let file: AppendedFile

    /// Starts an event file in `folder` for the steps after `step`. Every start has a file of its own; one that resumes
    /// tells TensorBoard to forget the later steps of the files before it.
    package init(in folder: String, after step: Int, at date: Date) throws(TensorFileError) {
        let seconds = Int(date.timeIntervalSince1970)
        var name = "events.out.tfevents.\(seconds).diptych"
        var serial = 1
        while FileManager.default.fileExists(atPath: folder + "/" + name) {
            name = "events.out.tfevents.\(seconds).diptych.\(serial)"
            serial += 1
        }
        file = try AppendedFile(folder + "/" + name)
        try file.append(Self.record(Event.version(at: date)))
        if step > 0 { try file.append(Self.record(Event.sessionStart(step: step + 1, at: date))) }
    }

    /// Appends the scalars of a step.
    public func append(_ scalars: [(tag: String, value: Float)], step: Int, at date: Date) throws(TrainingError) {
        let record = Self.record(Event.scalars(scalars, step: step, at: date))
        try filing { () throws(TensorFileError) in try file.append(record) }
    }

    /// The bytes of an event, framed.
    static func record(_ event: [UInt8]) -> [UInt8] {
        let length = UInt64(event.count).bytes
        return length + RecordChecksum.masked(length).bytes + event + RecordChecksum.masked(event).bytes
    }
}

/// The messages of event.proto and summary.proto that scalars need.
private enum Event {
    /// The first event of a file.
    static func version(at date: Date) -> [UInt8] {
        time(date) + text(field: 3, "brain.Event:2")
    }

    /// A session starts: what the files before it hold from `step` on is void.
    static func sessionStart(step: Int, at date: Date) -> [UInt8] {
        let started: UInt64 = 1
        return time(date) + number(field: 2, UInt64(step)) + message(field: 7, number(field: 1, started))
    }

    /// Scalars of one step.
    static func scalars(_ scalars: [(tag: String, value: Float)], step: Int, at date: Date) -> [UInt8] {
        let values = scalars.flatMap { scalar in
            message(field: 1, text(field: 1, scalar.tag) + [2 << 3 | 5] + scalar.value.bitPattern.bytes)
        }
        return time(date) + number(field: 2, UInt64(step)) + message(field: 5, values)
    }

    private static func time(_ date: Date) -> [UInt8] {
        [1 << 3 | 1] + date.timeIntervalSince1970.bitPattern.bytes
    }

    private static func number(field: UInt8, _ value: UInt64) -> [UInt8] {
        [field << 3] + varint(value)
    }

    private static func text(field: UInt8, _ value: String) -> [UInt8] {
        message(field: field, Array(value.utf8))
    }

    private static func message(field: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [field << 3 | 2] + varint(UInt64(bytes.count)) + bytes
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

extension FixedWidthInteger {
    /// The bytes, least significant first.
    fileprivate var bytes: [UInt8] { Swift.withUnsafeBytes(of: littleEndian, Array.init) }
}
