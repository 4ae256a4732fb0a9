// Buffers on the device: the first fill, transfers, copies, parts, limits.

import OpenCLRuntime
import Testing

@Suite("Buffers", .requiresOpenCL)
struct BufferTests {
    @Test(arguments: [1, 3, 4, 16, 4099, 1 << 20])
    func isFilledWhenItIsMade(byteCount: Int) throws {
        let bench = try Workbench()
        for fill in [BufferFill.zero, .notANumber, .byte(0x5A)] {
            let buffer = try Buffer(on: bench.queue, byteCount: byteCount, fill: fill, label: "filled")
            #expect(try bench.bytes(buffer).allSatisfy { $0 == fill.byte })
        }
    }

    @Test func theCanaryReadsAsNaNAndAsMinusOne() throws {
        let bench = try Workbench()
        let buffer = try Buffer(on: bench.queue, byteCount: 16, fill: .notANumber, label: "canary")
        #expect(try bench.floats(buffer).allSatisfy(\.isNaN))
        #expect(try bench.bytes(buffer).allSatisfy { $0 == 0xFF })
    }

    @Test func bytesComeBackAsTheyWent() throws {
        let bench = try Workbench()
        let values = (0..<1000).map { Float($0) * 0.25 - 100 }
        #expect(try bench.floats(bench.buffer(values)) == values)
    }

    @Test func writesAndReadsAtAnOffset() throws {
        let bench = try Workbench()
        let buffer = try bench.buffer([1, 2, 3, 4, 5])
        let queue = bench.queue
        try [Float(-1), -2].withUnsafeBytes { try queue.write($0, to: buffer, at: 8, during: "test") }
        #expect(try bench.floats(buffer) == [1, 2, -1, -2, 5])
        var pair: [Float] = [0, 0]
        try pair.withUnsafeMutableBytes { try queue.read(buffer, at: 12, into: $0, during: "test") }
        #expect(pair == [-2, 5])
    }

    @Test func copiesBetweenBuffersAndWithinOne() throws {
        let bench = try Workbench()
        let source = try bench.buffer([1, 2, 3, 4])
        let target = try bench.buffer([0, 0, 0, 0])
        try bench.queue.copy(source, from: 4, to: target, at: 8, byteCount: 8, during: "test")
        #expect(try bench.floats(target) == [0, 0, 2, 3])
        try bench.queue.copy(source, to: source, at: 8, byteCount: 8, during: "test")
        #expect(try bench.floats(source) == [1, 2, 1, 2])
    }

    @Test func fillsARange() throws {
        let bench = try Workbench()
        let buffer = try bench.buffer([1, 2, 3, 4])
        try bench.queue.fill(buffer, with: 0, at: 4, byteCount: 8, during: "test")
        #expect(try bench.floats(buffer) == [1, 0, 0, 4])
        try bench.queue.fill(buffer, with: 0xFF, at: 15, during: "test")
        #expect(try bench.bytes(buffer).last == 0xFF)
    }

    @Test func nothingToMoveIsNoCall() throws {
        let bench = try Workbench()
        let buffer = try bench.buffer([1])
        let queue = bench.queue
        try [Float]().withUnsafeBytes { try queue.write($0, to: buffer, at: 4, during: "test") }
        try queue.copy(buffer, to: buffer, byteCount: 0, during: "test")
        try queue.fill(buffer, with: 9, at: 4, during: "test")
        #expect(try bench.floats(buffer) == [1])
    }

    @Test func aBufferAboveTheLimitSaysWhatToDo() throws {
        let bench = try Workbench()
        let limit = bench.context.device.maximumAllocationBytes
        let error = #expect(throws: OpenCLError.self) {
            try Buffer(on: bench.queue, byteCount: limit + 1, label: "features")
        }
        #expect(error == .bufferTooLarge(label: "features", byteCount: limit + 1, limit: limit))
        #expect(bench.context.ledger.live(.buffer) == 0)
    }

    @Test func countsBytesAndTheirPeak() throws {
        let bench = try Workbench()
        let ledger = bench.context.ledger
        let kept = try Buffer(on: bench.queue, byteCount: 100, label: "kept")
        do { _ = try Buffer(on: bench.queue, byteCount: 1000, label: "dropped") }
        #expect(ledger.bytes == kept.byteCount)
        #expect(ledger.peakBytes == 1100)
    }
}
