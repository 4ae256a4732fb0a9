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
    init(_ plan: MemoryPlan, _ graph: Graph, on queue: Queue, canaries: Bool) throws(OpenCLError) {
        (self.plan, self.graph, self.queue, self.canaries) = (plan, graph, queue, canaries)
        var slots: [Buffer] = []
        for (index, byteCount) in plan.slotBytes.enumerated() {
            slots.append(
                try Buffer(
                    on: queue, byteCount: byteCount + (canaries ? Self.guardBytes : 0),
                    fill: canaries ? .notANumber : .zero, label: "slot \(index)"))
        }
        self.slots = slots
        for (index, node) in graph.nodes.enumerated() {
            let value = ValueID(node: index)
            if case .constant(let constant) = node.op, plan.slots[value] != nil {
                try write(constant.value, to: value, during: "upload of constant %\(index)")
            }
            if case .variable(let variable) = node.op {
                try queue.fill(
                    buffer(of: value), with: 0, byteCount: node.types[0].byteCount,
                    during: "first fill of variable '\(variable.variableName)'")
            }
        }
        try queue.finish(during: "first fill of the plan's memory")
    }

    /// Holds the plan against what the device offers.
    static func check(_ plan: MemoryPlan, on device: Device) throws(ExecutionError) {
        let advice = "use a smaller batch"
        if plan.totalBytes > device.globalMemoryBytes {
            throw .memory(
                neededBytes: plan.totalBytes, availableBytes: device.globalMemoryBytes, advice: advice)
        }
        let largest = plan.slotBytes.max() ?? 0
        if largest > device.maximumAllocationBytes {
            throw .memory(
                neededBytes: largest, availableBytes: device.maximumAllocationBytes, advice: "in one buffer; \(advice)")
        }
    }

    /// Where `value` lies.
    func buffer(of value: ValueID) -> Buffer { slots[plan.slot(of: value, in: graph)] }

    /// Copies `tensor` to where `value` lies.
    func write(_ tensor: Tensor, to value: ValueID, during intent: @autoclosure () -> String) throws(OpenCLError) {
        let buffer = buffer(of: value)
        let result: Result<Void, OpenCLError> = tensor.withUnsafeBytes { bytes in
            Result { () throws(OpenCLError) in try queue.write(bytes, to: buffer, during: intent()) }
        }
        try result.get()
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
