// The optimizers' updates, each in the memory of the parameter and its moments: those of all parameters are one launch,
// cut only where a kernel's arguments end.

import Glibc
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
            let constants = [op.beta1, op.beta2, op.epsilon, op.weightDecay].map { Argument.float($0) }
            let update = SegmentedUpdate("adam", operands: 4, constants + [.scratch(0)], operationsPerElement: 14)
            let rates: [Argument] = [
                .float(Float(log(Double(op.beta1)))), .float(Float(log(Double(op.beta2)))), .input(rate), .input(step),
                .scratch(0),
            ]
            return update.launch(nodes, before: ("adam_rates", rates), scratchBytes: [8])
        case .momentum(let op, let rate):
            let constants: [Argument] = [.float(op.momentum), .float(op.weightDecay), .input(rate)]
            return SegmentedUpdate("momentum", operands: 3, constants, operationsPerElement: 6).launch(nodes)
        }
    }
}

/// The build constants of `adam.cl` and `momentum.cl`.
private struct UpdateConstants: BuildConstants {
    let lanes: Int
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

    /// The launch for `nodes`, with a call of one work-item `before`.
    func launch(
        _ nodes: [LoweredNode], before: (function: String, arguments: [Argument])? = nil, scratchBytes: [Int] = []
    ) -> Launch {
        let label = nodes.count == 1 ? name : "\(name) of \(nodes.count) parameters"
        var calls = cut(nodes).map(call)
        if let before {
            calls.insert(
                KernelCall(
                    calls[0].source, before.function, prelude: calls[0].prelude, before.arguments, global: [1],
                    local: [1]), at: 0)
        }
        return Launch(
            label, nodes: nodes.map(\.index), scratchBytes: scratchBytes, mayOverwrite: overwritable(nodes),
            calls: calls.map(Call.kernel))
    }

    /// As few calls as have room in their arguments, as many nodes in each, so that one program may serve all.
    private func cut(_ nodes: [LoweredNode]) -> [[LoweredNode]] {
        let pointerBytes = 8
        let segmentBytes = 2 * 4 + (operands + nodes[0].outputs.count) * pointerBytes
        let room = max(1, (nodes[0].target.argumentBytes - shared.count * pointerBytes) / segmentBytes)
        let calls = (nodes.count + room - 1) / room
        return (0..<calls).map { Array(nodes[nodes.count * $0 / calls..<nodes.count * ($0 + 1) / calls]) }
    }

    private func call(_ nodes: [LoweredNode]) -> KernelCall {
        let target = nodes[0].target
        let constants = UpdateConstants(lanes: target.wideLanes)
        var (arguments, items, count): ([Argument], Int, Int) = ([], 0, 0)
        for node in nodes {
            let elements = node.outputShapes[0].count
            arguments += [.uint32(items), .uint32(elements)]
            arguments += node.inputs.prefix(operands).map { .input($0) } + node.outputs.map { .output($0) }
            items += (elements.roundedUp(to: constants.lanes) / constants.lanes).roundedUp(to: target.groupSize)
            count += elements
        }
        let segments = nodes.indices.map { " X(\($0))" }.joined()
        return KernelCall(
            .file(name), name, prelude: constants.prelude + "#define SEGMENTS(X)\(segments)\n", shared + arguments,
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
