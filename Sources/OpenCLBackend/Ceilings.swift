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

    /// What measures the ceiling of arithmetic alone; it holds next to nothing.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func arithmeticProbe() throws(OpenCLBackendError) -> ArithmeticProbe {
        do throws(OpenCLError) {
            return try ArithmeticProbe(session)
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}

/// Measures the ceilings of a device as often as wanted: a shared machine is twice as fast in one minute as in the next,
/// and a share means something only beside a ceiling of the same moment.
public struct CeilingProbe {
    private let arithmetic: ArithmeticProbe
    private let copy: CeilingRun

    init(_ session: DeviceSession) throws(OpenCLError) {
        arithmetic = try ArithmeticProbe(session)
        let lanes = CeilingRun.lanes(of: session)
        let count = min(1 << 26, session.device.facts.globalMemoryBytes / 64) / lanes
        let queue = try Queue(session.queue.context, profiling: true)
        copy = try CeilingRun(
            "ceiling_copy", count, amount: 8 * Double(lanes * count),
            [
                .uint32(UInt32(count)),
                .buffer(Buffer(on: queue, byteCount: 4 * lanes * count, label: "source of the copy ceiling")),
                .buffer(Buffer(on: queue, byteCount: 4 * lanes * count, label: "target of the copy ceiling")),
            ], on: queue, session)
    }

    /// The ceilings of this moment, each the best of `rounds` runs of some 30 ms on two cores.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func measure(rounds: Int = 5) throws(OpenCLBackendError) -> Ceilings {
        do throws(OpenCLError) {
            return Ceilings(
                gigaflops: try arithmetic.run.best(of: rounds) * 1e-9,
                gigabytesPerSecond: try copy.best(of: rounds) * 1e-9)
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}

/// Measures how fast a device does fused multiply-adds, as often as wanted.
public struct ArithmeticProbe {
    fileprivate let run: CeilingRun

    init(_ session: DeviceSession) throws(OpenCLError) {
        let isCPU = session.target.kind == .cpu
        let lanes = CeilingRun.lanes(of: session)
        let items = session.target.computeUnits * (isCPU ? 4 : 2048)
        let steps = isCPU ? 1 << 21 : 1 << 13
        let queue = try Queue(session.queue.context, profiling: true)
        let sums = try Buffer(on: queue, byteCount: 4 * lanes * items, label: "sums of the arithmetic ceiling")
        run = try CeilingRun(
            "ceiling_fma", items, local: isCPU ? [1] : nil,
            amount: 2 * 16 * Double(lanes) * Double(items) * Double(steps),
            [.uint32(UInt32(steps)), .float(0.999999), .float(1e-6), .buffer(sums)], on: queue, session)
    }

    /// The GFLOP/s of this moment, the best of `rounds` runs of some 30 ms on two cores.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func gigaflops(rounds: Int = 5) throws(OpenCLBackendError) -> Double {
        do throws(OpenCLError) {
            return try run.best(of: rounds) * 1e-9
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}

/// A kernel of `ceiling.cl` with its arguments, and what one run of it does: operations or bytes.
private struct CeilingRun {
    let queue: Queue
    let kernel: Kernel
    let global: Int
    let local: [Int]?
    let amount: Double

    /// The floats of a vector that suits the device.
    static func lanes(of session: DeviceSession) -> Int {
        session.target.kind == .cpu ? session.target.wideLanes : 1
    }

    init(
        _ function: String, _ count: Int, local: [Int]? = nil, amount: Double, _ arguments: [KernelArgument],
        on queue: Queue, _ session: DeviceSession
    ) throws(OpenCLError) {
        let lanes = Self.lanes(of: session)
        let value = "#define VALUE float\(lanes == 1 ? "" : String(lanes))\n"
        kernel = try Kernel(session.program(.init(source: .file("ceiling"), preludes: [value])), function)
        try kernel.setArguments(arguments)
        (self.queue, global, self.local, self.amount) = (queue, count, local, amount)
        // The first run compiles and touches the memory.
        _ = try best(of: 1)
    }

    /// The most that was done in a second, of `rounds` runs.
    func best(of rounds: Int) throws(OpenCLError) -> Double {
        var seconds = Double.infinity
        for _ in 0..<max(rounds, 1) {
            let event = try queue.enqueue(kernel, global: [global], local: local, profile: true)
            try queue.finish(during: "a ceiling's measurement")
            if let event { seconds = min(seconds, try event.times().seconds) }
        }
        return amount / seconds
    }
}
