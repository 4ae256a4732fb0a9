// TensorBoard's records: checksums against published vectors, and a file decoded again.

import Foundation
import TensorFiles
import Testing
import Training

@Suite struct EventLogTests {
    @Test func checksumsAreThoseOfRFC3720() {
        #expect(RecordChecksum.crc32c(Array("123456789".utf8)) == 0xE306_9283)
        #expect(RecordChecksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(RecordChecksum.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(RecordChecksum.crc32c(0..<32) == 0x46DD_794E)
        #expect(RecordChecksum.crc32c([]) == 0)
        #expect(RecordChecksum.masked([]) == 0xA282_EAD8)
    }

    @Test func aFileReadsBack() throws {
        let folder = NSTemporaryDirectory() + "diptych-events-" + UUID().uuidString
        try DurableFolder.create(folder)
        defer { DurableFolder.remove(folder) }
        let date = Date(timeIntervalSince1970: 1_700_000_000.5)
        do {
            let log = try EventLog(in: folder, after: 0, at: date)
            try log.append([("loss", 5.5), ("evaluation/accuracy", 0.25)], step: 300, at: date)
        }
        _ = try EventLog(in: folder, after: 200, at: date)
        let names = DurableFolder.names(in: folder)
        #expect(names == ["events.out.tfevents.1700000000.diptych", "events.out.tfevents.1700000000.diptych.1"])
        let events = try names.map { try records(of: folder + "/" + $0).map(fields) }
        #expect(events[0].count == 2)
        let head = events[0][0]
        #expect(head[0] == Field(number: 1, bits: 1_700_000_000.5.bitPattern))
        #expect(head[1] == Field(number: 3, bytes: Array("brain.Event:2".utf8)))
        let scalars = events[0][1]
        #expect(scalars[1] == Field(number: 2, bits: 300))
        let values = fields(try #require(scalars[2].bytes)).map { fields($0.bytes ?? []) }
        #expect(
            values[0] == [
                Field(number: 1, bytes: Array("loss".utf8)), Field(number: 2, bits: UInt64(Float(5.5).bitPattern)),
            ])
        #expect(values[1][0].bytes == Array("evaluation/accuracy".utf8))
        // A resumed session: events from step 201 on of other files are void.
        let session = events[1][1]
        #expect(session[1] == Field(number: 2, bits: 201))
        #expect(session[2] == Field(number: 7, bytes: [0x08, 0x01]))
    }

    @Test func jsonIsWhatOthersRead() throws {
        let value: JSONValue = [
            "text": .string("a\"\\\n\u{1}é"), "none": nil, "float": .float(0.1),
            "tiny": .number(.leastNonzeroMagnitude),
            "large": .unsigned(.max), "list": [1, true, []], "nan": .number(.nan), "low": .float(-.infinity),
        ]
        #expect(
            value.line == #"{"text":"a\"\\\n\u0001é","none":null,"float":0.1,"tiny":5e-324,"#
                + #""large":18446744073709551615,"list":[1,true,[]],"nan":"NaN","low":"-Infinity"}"#)
        let line = try JSONSerialization.jsonObject(with: Data(value.line.utf8)) as? NSDictionary
        let lines = try JSONSerialization.jsonObject(with: Data(value.lines.utf8)) as? NSDictionary
        #expect(line == lines)
        #expect(line?["text"] as? String == "a\"\\\n\u{1}é")
        let nested: JSONValue = ["a": [1, 2], "b": [:]]
        #expect(nested.lines == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n")
    }

    /// The records of a file, their checksums checked.
    private func records(of path: String) throws -> [[UInt8]] {
        var rest = Array(try Data(contentsOf: URL(fileURLWithPath: path)))[...]
        var records: [[UInt8]] = []
        while !rest.isEmpty {
            let length = Array(rest.prefix(8))
            try #require(integer(rest.dropFirst(8).prefix(4)) == UInt64(RecordChecksum.masked(length)))
            let record = Array(rest.dropFirst(12).prefix(Int(integer(length[...]))))
            rest = rest.dropFirst(12 + record.count)
            try #require(integer(rest.prefix(4)) == UInt64(RecordChecksum.masked(record)))
            rest = rest.dropFirst(4)
            records.append(record)
        }
        return records
    }

    private struct Field: Equatable {
        let number: UInt8
        var bits: UInt64?
        var bytes: [UInt8]?
    }

    /// The fields of a protocol buffer whose field numbers lie under 16.
    private func fields(_ message: [UInt8]) -> [Field] {
        var rest = message[...]
        var fields: [Field] = []
        func varint() -> UInt64 {
            var (value, shift) = (UInt64(0), UInt64(0))
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            return value
        }
        while let tag = rest.popFirst() {
            switch tag & 7 {
            case 0: fields.append(Field(number: tag >> 3, bits: varint()))
            case 2:
                let count = Int(varint())
                fields.append(Field(number: tag >> 3, bytes: Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            case let type:
                let count = type == 1 ? 8 : 4
                fields.append(Field(number: tag >> 3, bits: integer(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
        }
        return fields
    }

    private func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
