// The ceilings of a device, measured: what no kernel can exceed, so that shares in benchmarks mean something.

import OpenCLRuntime

/// What a device reached in kernels that do nothing else.
public struct Ceilings: Hashable, Sendable {
    /// Fused multiply-adds in float32, each counted twice, in GFLOP/s.
    public let gigaflops: Double
    /// Copying float32 from one array to another, bytes read and written, in GB/s.
    public let gigabytesPerSecond: Double

    /// The larger of the shares of both ceilings that `operations` and `bytes` in `seconds` are: how close to the roof
    /// of the device a kernel comes.
    public func share(operations: Int, bytes: Int, seconds: Double) -> Double {
        guard seconds > 0 else { return 0 }
        return max(
            Double(operations) / seconds / (gigaflops * 1e9), Double(bytes) / seconds / (gigabytesPerSecond * 1e9))
    }
}

extension OpenCLBackend {
    /// Measures the ceilings of the device; takes about two seconds. A ceiling is the best of `rounds` runs.
    ///
    /// - Throws: `OpenCLBackendError.driver` when the device fails.
    public func measureCeilings(rounds: Int = 7) throws(OpenCLBackendError) -> Ceilings {
        do throws(OpenCLError) {
            let probe = try CeilingProbe(session)
            return Ceilings(gigaflops: try probe.arithmetic(rounds), gigabytesPerSecond: try probe.copy(rounds))
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}

/// Runs the kernels of `ceiling.cl` on a queue of its own, which keeps times.
private struct CeilingProbe {
    private let session: DeviceSession
    private let queue: Queue

    init(_ session: DeviceSession) throws(OpenCLError) {
        self.session = session
        queue = try Queue(session.queue.context, profiling: true)
    }

    /// The best GFLOP/s of `rounds` runs.
    func arithmetic(_ rounds: Int) throws(OpenCLError) -> Double {
        let items = session.target.computeUnits * (isCPU ? 4 : 2048)
        let steps = isCPU ? 1 << 19 : 1 << 12
        let kernel = try kernel("ceiling_fma")
        let sums = try Buffer(on: queue, byteCount: 4 * lanes * items, label: "sums of the arithmetic ceiling")
        try kernel.setArguments([.uint32(UInt32(steps)), .float(0.999999), .float(1e-6), .buffer(sums)])
        let best = try bestSeconds(rounds) { () throws(OpenCLError) in
            try queue.enqueue(kernel, global: [items], local: isCPU ? [1] : nil, profile: true)
        }
        return 2 * 16 * Double(lanes) * Double(items) * Double(steps) / best * 1e-9
    }

    /// The best GB/s of `rounds` runs.
    func copy(_ rounds: Int) throws(OpenCLError) -> Double {
        let room = session.device.facts.globalMemoryBytes / 8
        let count = min(1 << 26, room / 8) / lanes
        let kernel = try kernel("ceiling_copy")
        let source = try Buffer(on: queue, byteCount: 4 * lanes * count, label: "source of the copy ceiling")
        let target = try Buffer(on: queue, byteCount: 4 * lanes * count, label: "target of the copy ceiling")
        try kernel.setArguments([.uint32(UInt32(count)), .buffer(source), .buffer(target)])
        let best = try bestSeconds(rounds) { () throws(OpenCLError) in
            try queue.enqueue(kernel, global: [count], profile: true)
        }
        return 8 * Double(lanes * count) / best * 1e-9
    }

    private var isCPU: Bool { session.target.kind == .cpu }

    /// The floats of a VALUE.
    private var lanes: Int { isCPU ? session.target.wideLanes : 1 }

    private func kernel(_ function: String) throws(OpenCLError) -> Kernel {
        let value = "#define VALUE float\(lanes == 1 ? "" : String(lanes))\n"
        return try Kernel(session.program(.init(source: .file("ceiling"), preludes: [value])), function)
    }

    private func bestSeconds(
        _ rounds: Int, _ enqueue: () throws(OpenCLError) -> Event?
    ) throws(OpenCLError) -> Double {
        var best = Double.infinity
        // The first run compiles and touches the memory.
        for round in 0...max(rounds, 1) {
            guard let event = try enqueue() else { continue }
            try queue.finish(during: "a ceiling's measurement")
            if round > 0 { best = min(best, try event.times().seconds) }
        }
        return best
    }
}
