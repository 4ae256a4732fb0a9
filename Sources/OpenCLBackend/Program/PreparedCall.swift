// A call with its kernel, arguments and memory bound, so that a run only enqueues it.

import GraphIR
import OpenCLRuntime
import TensorCore

/// One call of a launch, ready to be enqueued again and again.
package final class PreparedCall {
    /// The launch that it belongs to, and the kernel function.
    let label: String
    let function: String
    let work: Work
    /// The shapes of the launch's first operand and first result.
    let shapes: String
    private let body: Body

    private enum Body {
        case kernel(Kernel, [Slab], local: [Int]?)
        case product(LibraryProduct)
        case copy(from: Buffer, to: Buffer, byteCount: Int)
    }

    /// Binds `call` to its kernel in one of the `programs`, within the limits of `target`, and to the buffers that `buffer`
    /// knows.
    init(
        _ call: Call, of launch: Launch, in graph: Graph, _ programs: ProgramPlan, on session: DeviceSession,
        _ target: Target, buffer: (Memory) -> Buffer
    ) throws(OpenCLError) {
        label = launch.label
        shapes = [launch.reads.first, launch.writes.first].compactMap {
            $0.map { graph.type(of: $0).shape.description }
        }
        .joined(separator: " -> ")
        switch call {
        case .kernel(let call):
            let program = try session.program(programs.key(of: call))
            let kernel = try Kernel(program, programs.function(of: call))
            try kernel.setArguments(call.arguments.map { KernelArgument($0, buffer: buffer) })
            let local = try call.local.map { local throws(OpenCLError) in
                let most = try kernel.maximumWorkGroupSize()
                guard try kernel.requiresWorkGroup else { return Self.fitted(local, into: most) }
                let items = local.reduce(1, *)
                guard items <= most else {
                    throw .unusableDevice(
                        device: session.device.name,
                        reason:
                            "\(kernel.name) is for work-groups of \(items), and may have \(most); force another kernel")
                }
                return local
            }
            // Without work-groups of our own, the driver finds some that it takes.
            let most = local == nil ? Int.max : target.mostGroups
            let slabs = Slab.cut(call.global, local: local ?? call.global, most: most)
            body = .kernel(kernel, slabs, local: local)
            (function, work) = (call.function, call.work)
        case .product(let call):
            body = .product(
                LibraryProduct(
                    left: buffer(call.left), right: buffer(call.right), result: buffer(call.result), op: call.op,
                    sizes: call.sizes, tile: call.tile))
            (function, work) = ("CLBlastSgemm", call.sizes.work)
        case .copy(let source, let target, let byteCount):
            body = .copy(from: buffer(source), to: buffer(target), byteCount: byteCount)
            (function, work) = ("copy", Work(bytes: 2 * byteCount))
        }
    }

    /// A work-group like `local` of at most `maximum` work-items: what a kernel that needs many registers can run may be
    /// less than what the device can. Each extent is halved or 1, so that what it divided it still divides.
    package static func fitted(_ local: [Int], into maximum: Int) -> [Int] {
        var local = local
        while local.reduce(1, *) > max(maximum, 1) {
            let largest = local.indices.max { local[$0] < local[$1] } ?? 0
            local[largest] = local[largest].isMultiple(of: 2) ? local[largest] / 2 : 1
        }
        return local
    }

    /// Puts the call in; returns its events if they are wanted.
    func enqueue(on queue: Queue, profile: Bool) throws(OpenCLError) -> EventSpan? {
        switch body {
        case .kernel(let kernel, let slabs, let local):
            try enqueue(kernel, slabs, local: local, on: queue, profile: profile)
        case .product(let product):
            try product.enqueue(on: queue, profile: profile)
        case .copy(let source, let target, let byteCount):
            try queue.copy(source, to: target, byteCount: byteCount, profile: profile, during: label)
                .map { EventSpan(to: $0) }
        }
    }

    /// Puts in the slabs of a kernel, one after the other.
    private func enqueue(
        _ kernel: Kernel, _ slabs: [Slab], local: [Int]?, on queue: Queue, profile: Bool
    ) throws(OpenCLError) -> EventSpan? {
        let marker = profile && slabs.count > 1 ? try queue.marker(during: "start of \(kernel.name)") : nil
        var last: Event?
        for slab in slabs {
            last = try queue.enqueue(
                kernel, global: slab.global, local: local, offset: slab.offset, profile: profile)
        }
        return last.map { EventSpan(after: marker, to: $0) }
    }
}

extension KernelArgument {
    /// The argument as the driver takes it.
    init(_ argument: Argument, buffer: (Memory) -> Buffer) {
        switch argument {
        case .memory(let memory): self = .buffer(buffer(memory))
        case .int32(let value): self = .int32(Int32(value))
        case .uint32(let value): self = .uint32(UInt32(value))
        case .uint64(let value): self = .uint64(UInt64(value))
        case .float(let value): self = .float(value)
        case .local(let bytes): self = .local(bytes: bytes)
        }
    }
}
