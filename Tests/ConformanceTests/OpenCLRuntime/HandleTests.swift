// Nothing leaks: not after a scope, not after a failure of any call.

import OpenCLRuntime
import Testing

@Suite("Handles", .requiresOpenCL)
struct HandleTests {
    @Test func everyHandleIsReleasedWithItsOwner() throws {
        var ledger: HandleLedger?
        try useEverything { ledger = $0.ledger }
        let counts = try #require(ledger)
        for kind in HandleKind.allCases { #expect(counts.live(kind) == 0, "\(kind)") }
        #expect(counts.bytes == 0)
        #expect(counts.peakBytes > 0)
    }

    @Test func everyKindIsCounted() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel("scale", scaleText)
        let buffer = try bench.buffer([1])
        try kernel.setArguments([.buffer(buffer), .float(1), .float(0)])
        let event = try bench.queue.enqueue(kernel, global: [1], profile: true)
        let ledger = bench.context.ledger
        for kind in HandleKind.allCases { #expect(ledger.live(kind) == 1, "\(kind)") }
        #expect(HandleLedger.process.live >= ledger.live)
        withExtendedLifetime((kernel, buffer, event)) {}
    }

    @Test func manyRoundsHaveNoSlope() throws {
        let bench = try Workbench()
        let kernel = try bench.kernel("scale", scaleText)
        try kernel.setArguments([.buffer(bench.buffer([1])), .float(1), .float(0)])
        let before = bench.context.ledger.live
        for _ in 0..<1000 {
            let buffer = try bench.buffer([1, 2, 3])
            try kernel.setArgument(0, to: .buffer(buffer))
            let event = try bench.queue.enqueue(kernel, global: [3], profile: true)
            try event?.wait(during: "test")
        }
        #expect(bench.context.ledger.live == before)
    }

    @Test(arguments: [-5, -54] as [Int32])
    func aFailureOfAnyCallIsCleanAndLeaksNothing(status: Int32) throws {
        let device = try OpenCLAvailability.device()
        for number in 0..<1000 {
            let fault = FaultInjection(failing: number, status: status)
            var ledger: HandleLedger?
            var error: (any Error)?
            FaultInjection.$current.withValue(fault) {
                do { try useEverything(on: device) { ledger = $0.ledger } } catch let thrown { error = thrown }
            }
            #expect(ledger?.live ?? 0 == 0, "call \(number)")
            #expect(ledger?.bytes ?? 0 == 0, "call \(number)")
            guard fault.hasStruck else {
                #expect(error == nil)
                #expect(number > 20, "the round makes more calls than that")
                return
            }
            guard case .callFailed(let call, status, let intent) = error as? OpenCLError else {
                Issue.record("call \(number): \(String(describing: error))")
                continue
            }
            #expect(call.hasPrefix("cl") && !intent.isEmpty)
        }
        Issue.record("no end of calls")
    }

    /// One round through every kind of handle and command.
    private func useEverything(on device: Device? = nil, _ see: (Context) -> Void) throws {
        let context = try Context(device ?? OpenCLAvailability.device())
        see(context)
        let queue = try Queue(context, profiling: true)
        let one = try Buffer(on: queue, byteCount: 64, fill: .notANumber, label: "one")
        let other = try Buffer(on: queue, byteCount: 64, label: "other")
        let kernel = try Kernel(Program(context, name: "test", source: scaleText), "scale")
        _ = try kernel.maximumWorkGroupSize()
        var bytes = [UInt8](repeating: 0, count: 64)
        try bytes.withUnsafeBytes { try queue.write($0, to: one, during: "upload") }
        try queue.copy(one, to: other, byteCount: 64, during: "copy")
        try kernel.setArguments([.buffer(other), .float(2), .float(1)])
        let event = try queue.enqueue(kernel, global: [4], profile: true)
        try bytes.withUnsafeMutableBytes { try queue.read(other, into: $0, during: "download") }
        try queue.flush()
        try queue.finish(during: "end of the round")
        _ = try event?.times()
        #expect(bytes[0..<4] == [0, 0, 128, 63])
    }
}
