// The optimizers' updates, each in the memory of the parameter and its moments: those of all parameters are one launch,
// cut only where a kernel's arguments end.

import Foundation
import GraphIR

/// What the updates of several parameters share; only those with the same rule can be one launch.
enum UpdateRule: Hashable {
    /// Adam, with the learning rate and the step.
    case adam(Op.Adam, rate: ValueID, step: ValueID)
    /// Gradient descent with momentum, with the learning rate.
    case momentum(Op.Momentum, rate: ValueID)

    /// The rule of `node`, if that is an update.
    init?(_ node: Graph.Node) {
        if case .adam(let op) = node.op {
            self = .adam(op, rate: node.inputs[4], step: node.inputs[5])
        } else if case .momentum(let op) = node.op {
            self = .momentum(op, rate: node.inputs[3])
        } else {
            return nil
        }
    }

    /// The launch of `nodes`, which all follow this rule.
    func launch(_ nodes: [LoweredNode]) -> Launch {
        switch self {
        case .adam(let op, let rate, let step):
            let rates = KernelCall(
                .template("adam"), "adam_rates",
                [
                    .float(Float(log(Double(op.beta1)))), .float(Float(log(Double(op.beta2)))), .input(rate),
                    .input(step), .scratch(0),
                ], global: [1], local: [1])
            let constants = [op.beta1, op.beta2, op.epsilon, op.weightDecay].map { Argument.float($0) }
            let updates = SegmentedUpdate("adam", operands: 4, constants + [.scratch(0)], operationsPerElement: 14)
            return updates.launch(nodes, before: [rates], scratchBytes: [8])
        case .momentum(let op, let rate):
            let constants: [Argument] = [.float(op.momentum), .float(op.weightDecay), .input(rate)]
            return SegmentedUpdate("momentum", operands: 3, constants, operationsPerElement: 6).launch(nodes)
        }
    }
}

/// A kernel that updates many parameters, each in a segment of its work-items.
private struct SegmentedUpdate {
    private let name: String
    /// How many of a node's operands belong to the parameter alone; the second of them is its gradient.
    private let operands: Int
    private let shared: [Argument]
    private let operationsPerElement: Int

    init(_ name: String, operands: Int, _ shared: [Argument], operationsPerElement: Int) {
        (self.name, self.operands, self.shared) = (name, operands, shared)
        self.operationsPerElement = operationsPerElement
    }

    /// The launch for `nodes`, with the calls `before`.
    func launch(_ nodes: [LoweredNode], before: [KernelCall] = [], scratchBytes: [Int] = []) -> Launch {
        let label = nodes.count == 1 ? name : "\(name) of \(nodes.count) parameters"
        return Launch(
            label, nodes: nodes.map(\.index), scratchBytes: scratchBytes, mayOverwrite: overwritable(nodes),
            calls: (before + cut(nodes).map(call)).map(Call.kernel))
    }

    /// As many nodes to a call as have room in its arguments and its count of work-items.
    private func cut(_ nodes: [LoweredNode]) -> [[LoweredNode]] {
        let target = nodes[0].target
        let pointerBytes = 8
        let segmentBytes = 2 * 4 + (operands + nodes[0].outputs.count) * pointerBytes
        let room = max(1, (target.argumentBytes - shared.count * pointerBytes) / segmentBytes)
        var parts: [[LoweredNode]] = [[]]
        var items = 0
        for node in nodes {
            let count = node.outputShapes[0].count.roundedUp(to: target.groupSize)
            if parts[parts.count - 1].count == room || (items > 0 && items + count > Int(Int32.max)) {
                parts.append([])
                items = 0
            }
            parts[parts.count - 1].append(node)
            items += count
        }
        return parts
    }

    private func call(_ nodes: [LoweredNode]) -> KernelCall {
        let target = nodes[0].target
        var (arguments, items, count): ([Argument], Int, Int) = ([], 0, 0)
        for node in nodes {
            let elements = node.outputShapes[0].count
            arguments += [.uint32(items), .uint32(elements)]
            arguments += node.inputs.prefix(operands).map { .input($0) } + node.outputs.map { .output($0) }
            items += elements.roundedUp(to: target.groupSize)
            count += elements
        }
        let segments = nodes.indices.map { " X(\($0))" }.joined()
        return KernelCall(
            .template(name), name, prelude: "#define SEGMENTS(X)\(segments)\n", shared + arguments,
            .row(max(items, 1), on: target),
            work: Work(operations: operationsPerElement * count, bytes: nodes.reduce(0) { $0 + $1.bytes }))
    }

    /// Each result may take the memory of its old value or of its gradient, unless another parameter reads that, too.
    private func overwritable(_ nodes: [LoweredNode]) -> [ValueID: [ValueID]] {
        var readers: [ValueID: Int] = [:]
        for node in nodes {
            for root in Set(node.inputs.map { node.graph.root(of: $0) }) { readers[root, default: 0] += 1 }
        }
        var overwritable: [ValueID: [ValueID]] = [:]
        for node in nodes {
            for (output, old) in zip(node.outputs, [0] + Array(2..<operands)) {
                overwritable[output] = [node.inputs[old], node.inputs[1]].filter {
                    readers[node.graph.root(of: $0)] == 1
                }
            }
        }
        return overwritable
    }
}
