// A plan's memory on the device: one buffer per slot, filled when it is made.

import Execution
import GraphIR
import OpenCLRuntime
import TensorCore

/// The buffers of one program.
final class DeviceMemory {
    let slots: [Buffer]
    private let plan: MemoryPlan
    private let graph: Graph
    private let queue: Queue
    private let canaries: Bool
    /// What lies behind each slot's end where canaries are wanted.
    private static let guardBytes = 256

    /// Allocates the slots, and uploads the graph's constants. Variables begin as zeros.
    ///
    /// The slots are filled while the caller goes on; the constants' come first, so that their upload need not wait.
    init(_ plan: MemoryPlan, _ graph: Graph, on queue: Queue, canaries: Bool) throws(OpenCLError) {
        (self.plan, self.graph, self.queue, self.canaries) = (plan, graph, queue, canaries)
        func slot(_ index: Int) throws(OpenCLError) -> Buffer {
            try Buffer(
                on: queue, byteCount: plan.slotBytes[index] + (canaries ? Self.guardBytes : 0),
                fill: canaries ? .notANumber : .zero, label: "slot \(index)")
        }
        let constants = graph.constants.filter { plan.slots[$0.key] != nil }
        var buffers: [Int: Buffer] = [:]
        for (value, tensor) in constants {
            let index = plan.slot(of: value, in: graph)
            let buffer = try slot(index)
            try queue.write(tensor, to: buffer, during: "upload of constant \(value)")
            buffers[index] = buffer
        }
        var slots: [Buffer] = []
        for index in plan.slotBytes.indices {
            if let buffer = buffers[index] { slots.append(buffer) } else { slots.append(try slot(index)) }
        }
        self.slots = slots
        for (name, value) in graph.variables {
            try queue.fill(
                buffer(of: value), with: 0, byteCount: graph.type(of: value).byteCount,
                during: "first fill of variable '\(name)'")
        }
        try queue.flush()
    }

    /// Holds the plan against what the device offers, and against `limit`.
    static func check(_ plan: MemoryPlan, on device: Device, limit: Int?) throws(ExecutionError) {
        let advice = "use a smaller batch"
        let available = min(device.globalMemoryBytes, limit ?? .max)
        if plan.totalBytes > available {
            throw .memory(neededBytes: plan.totalBytes, availableBytes: available, advice: advice)
        }
        let largest = plan.slotBytes.max() ?? 0
        if largest > device.maximumAllocationBytes {
            throw .memory(
                neededBytes: largest, availableBytes: device.maximumAllocationBytes, place: "in one buffer",
                advice: advice)
        }
    }

    /// Where `value` lies.
    func buffer(of value: ValueID) -> Buffer { slots[plan.slot(of: value, in: graph)] }

    /// Copies `tensor` to where `value` lies.
    func write(_ tensor: Tensor, to value: ValueID, during intent: @autoclosure () -> String) throws(OpenCLError) {
        try queue.write(tensor, to: buffer(of: value), during: intent())
    }

    /// Waits for all that was put in, and copies `value` to the host.
    func read(_ value: ValueID, during intent: @autoclosure () -> String) throws(OpenCLError) -> Tensor {
        let buffer = buffer(of: value)
        var failure: OpenCLError?
        let tensor = Tensor(graph.type(of: value)) { bytes in
            do throws(OpenCLError) {
                try queue.read(buffer, into: bytes, during: intent())
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return tensor
    }

    /// Gives the variables whose new value lies elsewhere that value.
    func applyCopies() throws(OpenCLError) {
        for copy in plan.copies {
            try queue.copy(
                slots[copy.source], to: slots[copy.target], byteCount: copy.byteCount, during: "update of a variable")
        }
        if !plan.copies.isEmpty { try queue.flush() }
    }

    /// Looks behind the end of each slot, where nobody may write. A kernel that did is a bug of ours.
    func checkCanaries() throws(OpenCLError) {
        guard canaries else { return }
        for (index, buffer) in slots.enumerated() {
            var bytes = [UInt8](repeating: 0, count: Self.guardBytes)
            let result: Result<Void, OpenCLError> = bytes.withUnsafeMutableBytes { bytes in
                Result { () throws(OpenCLError) in
                    try queue.read(
                        buffer, at: buffer.byteCount - Self.guardBytes, into: bytes, during: "look behind slot \(index)"
                    )
                }
            }
            try result.get()
            let users = plan.slots.filter { $0.value == index }.map(\.key).sorted()
            precondition(bytes.allSatisfy { $0 == 0xFF }, "a kernel wrote behind slot \(index), which holds \(users)")
        }
    }
}

extension Queue {
    /// Copies `tensor` to the start of `buffer`.
    fileprivate func write(
        _ tensor: Tensor, to buffer: Buffer, during intent: @autoclosure () -> String
    ) throws(OpenCLError) {
        let result: Result<Void, OpenCLError> = tensor.withUnsafeBytes { bytes in
            Result { () throws(OpenCLError) in try write(bytes, to: buffer, during: intent()) }
        }
        try result.get()
    }
}

extension Graph {
    /// The constants, in order.
    fileprivate var constants: [(key: ValueID, value: Tensor)] {
        nodes.enumerated().compactMap { index, node in
            if case .constant(let constant) = node.op { (ValueID(node: index), constant.value) } else { nil }
        }
    }
}
