// The ceilings of a device, measured: what no kernel can exceed, so that shares in benchmarks mean something.

import OpenCLRuntime

/// What a device reached in kernels that do nothing else.
public struct Ceilings: Hashable, Sendable {
    /// Fused multiply-adds in float32, each counted twice, in GFLOP/s.
    public let gigaflops: Double
    /// Copying float32 from one array to another, bytes read and written, in GB/s.
    public let gigabytesPerSecond: Double

    /// Takes ceilings that were measured.
    public init(gigaflops: Double, gigabytesPerSecond: Double) {
        (self.gigaflops, self.gigabytesPerSecond) = (gigaflops, gigabytesPerSecond)
    }

    /// The larger of the shares of both ceilings that `operations` and `bytes` in `seconds` are: how close to the roof
    /// of the device a kernel comes.
    public func share(operations: Int, bytes: Int, seconds: Double) -> Double {
        guard seconds > 0 else { return 0 }
        return max(
            Double(operations) / seconds / (gigaflops * 1e9), Double(bytes) / seconds / (gigabytesPerSecond * 1e9))
    }
}

extension OpenCLBackend {
    /// Measures the ceilings of the device, once.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func measureCeilings() throws(OpenCLBackendError) -> Ceilings { try ceilingProbe().measure() }

    /// What measures the ceilings of the device as often as wanted; it holds up to 512 MiB.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func ceilingProbe() throws(OpenCLBackendError) -> CeilingProbe {
        do throws(OpenCLError) {
            return try CeilingProbe(session)
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}

/// Measures the ceilings of a device as often as wanted: a shared machine is twice as fast in one minute as in the next,
/// and a share means something only beside a ceiling of the same moment.
public struct CeilingProbe {
    private let queue: Queue
    private let arithmetic: Run
    private let copy: Run

    /// A kernel with its arguments, and what one run of it does: operations or bytes.
    private struct Run {
        let kernel: Kernel
        let global: Int
        let local: [Int]?
        let amount: Double
    }

    init(_ session: DeviceSession) throws(OpenCLError) {
        let queue = try Queue(session.queue.context, profiling: true)
        let isCPU = session.target.kind == .cpu
        let lanes = isCPU ? session.target.wideLanes : 1
        func run(
            _ function: String, _ count: Int, local: [Int]? = nil, amount: Double, _ arguments: [KernelArgument]
        ) throws(OpenCLError) -> Run {
            let value = "#define VALUE float\(lanes == 1 ? "" : String(lanes))\n"
            let kernel = try Kernel(session.program(.init(source: .file("ceiling"), preludes: [value])), function)
            try kernel.setArguments(arguments)
            return Run(kernel: kernel, global: count, local: local, amount: amount)
        }
        func buffer(_ count: Int, _ label: String) throws(OpenCLError) -> Buffer {
            try Buffer(on: queue, byteCount: 4 * lanes * count, label: label)
        }
        self.queue = queue
        let items = session.target.computeUnits * (isCPU ? 4 : 2048)
        let steps = isCPU ? 1 << 21 : 1 << 13
        arithmetic = try run(
            "ceiling_fma", items, local: isCPU ? [1] : nil,
            amount: 2 * 16 * Double(lanes) * Double(items) * Double(steps),
            [
                .uint32(UInt32(steps)), .float(0.999999), .float(1e-6),
                .buffer(buffer(items, "sums of the arithmetic ceiling")),
            ])
        let count = min(1 << 26, session.device.facts.globalMemoryBytes / 64) / lanes
        copy = try run(
            "ceiling_copy", count, amount: 8 * Double(lanes * count),
            [
                .uint32(UInt32(count)), .buffer(buffer(count, "source of the copy ceiling")),
                .buffer(buffer(count, "target of the copy ceiling")),
            ])
        // The first run compiles and touches the memory.
        _ = try (best(arithmetic, of: 1), best(copy, of: 1))
    }

    /// The ceilings of this moment, each the best of `rounds` runs of some 30 ms on two cores.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func measure(rounds: Int = 5) throws(OpenCLBackendError) -> Ceilings {
        do throws(OpenCLError) {
            return Ceilings(
                gigaflops: try best(arithmetic, of: rounds) * 1e-9,
                gigabytesPerSecond: try best(copy, of: rounds) * 1e-9)
        } catch {
            throw OpenCLBackendError(error)
        }
    }

    /// The most that `run` did in a second.
    private func best(_ run: Run, of rounds: Int) throws(OpenCLError) -> Double {
        var seconds = Double.infinity
        for _ in 0..<max(rounds, 1) {
            let event = try queue.enqueue(run.kernel, global: [run.global], local: run.local, profile: true)
            try queue.finish(during: "a ceiling's measurement")
            if let event { seconds = min(seconds, try event.times().seconds) }
        }
        return run.amount / seconds
    }
}
