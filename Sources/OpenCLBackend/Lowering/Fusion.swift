// Which nodes become one launch together.
//
// The rule for all groups: a result that is not stored has all its consumers inside the group, and is neither an output
// nor a variable's new value. The kinds of groups:
//   - elementwise nodes (unary, binary, select, cast, broadcast) whose results have one shape: a tree of them becomes one
//     expression, stored once;
//   - batch normalization with the ReLU that alone consumes it: the ReLU is applied where the element is stored;
//   - where a kernel serves, convolution with the statistics of the batch normalization behind it;
//   - select(r, dy, 0) with the batch normalization's gradient that alone consumes it, r the ReLU of that normalization:
//     dy is masked where it is read;
//   - where a kernel serves, batch normalization with the max pooling that alone consumes it, and the ReLU behind, and
//     their gradients: neither the normalized image nor its gradient is ever stored;
//   - the optimizer's updates of all parameters.

import GraphIR

/// Nodes that become one launch.
enum Group: Hashable {
    /// A node by itself.
    case single(Int)
    /// Elementwise nodes; the last one's result is stored.
    case elementwise([Int])
    /// A convolution, and the statistics of a batch normalization of its result, which may be pooled.
    case convolutionWithStatistics(Int, normalization: Int, pool: Int?)
    /// A batch normalization and what is computed with it.
    case normalization(NormalizationGroup)
    /// The gradient of a batch normalization behind the gradient of its ReLU.
    case maskedNormalizationBackward(Int, select: Int)
    /// The gradient of a batch normalization behind that of its max pooling and, behind a ReLU, of that.
    case pooledNormalizationBackward(Int, pool: Int, select: Int?)
    /// Updates of several parameters by one rule.
    case updates([Int])

    /// The nodes, the earliest first.
    var nodes: [Int] {
        switch self {
        case .single(let index): [index]
        case .elementwise(let nodes), .updates(let nodes): nodes
        case .convolutionWithStatistics(let index, _, _): [index]
        case .normalization(let group): group.nodes
        case .maskedNormalizationBackward(let index, let select): [select, index]
        case .pooledNormalizationBackward(let index, let pool, let select): (select.map { [$0] } ?? []) + [pool, index]
        }
    }

    /// The launch of the group; `nil` if nothing is to be computed.
    func launch(_ graph: Graph, _ target: Target) -> Launch? {
        func node(_ index: Int) -> LoweredNode { LoweredNode(index, of: graph, for: target) }
        switch self {
        case .single(let index): return node(index).launch
        case .elementwise(let nodes): return ElementwiseGroup(nodes).launch(node(nodes[nodes.count - 1]))
        case .convolutionWithStatistics, .normalization, .maskedNormalizationBackward, .pooledNormalizationBackward,
            .updates:
            guard let launch = joinedLaunch(graph, node) else { preconditionFailure("\(self) has no launch") }
            return launch
        }
    }

    /// The launch of a group of several nodes; `nil` if they are not what the planner makes such a group of.
    private func joinedLaunch(_ graph: Graph, _ node: (Int) -> LoweredNode) -> Launch? {
        switch self {
        case .single, .elementwise: return nil
        case .convolutionWithStatistics(let index, let normalization, let pool):
            guard case .convolution(let op) = graph.nodes[index].op else { return nil }
            return op.epilogueLaunch(
                node(index), StatisticsEpilogue(node(normalization), pooledBy: pool.map(node)))
        case .normalization(let group):
            guard case .batchNormalization(let op) = graph.nodes[group.index].op else { return nil }
            if let pool = group.pool {
                return op.launch(
                    node(group.index), pooledBy: node(pool), relu: group.relu, hasStatistics: group.hasStatistics)
            }
            return op.launch(
                node(group.index), rectifiedInto: group.relu.map { ValueID(node: $0) },
                hasStatistics: group.hasStatistics)
        case .maskedNormalizationBackward(let index, let select):
            guard case .batchNormalizationBackward(let op) = graph.nodes[index].op else { return nil }
            let operands = graph.nodes[select].inputs
            return op.launch(node(index), gradient: operands[1], mask: operands[0])
        case .pooledNormalizationBackward(let index, let pool, let select):
            guard case .batchNormalizationBackward(let op) = graph.nodes[index].op else { return nil }
            return op.launch(node(index), pooledBy: node(pool), select: select)
        case .updates(let nodes): return UpdateRule(graph.nodes[nodes[0]])?.launch(nodes.map(node))
        }
    }
}

/// A batch normalization and what is computed with it.
struct NormalizationGroup: Hashable {
    /// The normalization.
    let index: Int
    /// The max pooling of its result.
    var pool: Int?
    /// The ReLU of that, or of its result.
    var relu: Int?
    /// Whether a convolution has taken its statistics.
    var hasStatistics = false

    /// The nodes, the earliest first.
    var nodes: [Int] { [index] + [pool, relu].compactMap { $0 } }
}

/// Cuts a graph into groups.
struct FusionPlanner {
    private let graph: Graph
    private let target: Target
    /// The nodes that use each value.
    private var consumers: [ValueID: Set<Int>] = [:]
    /// The values that a run returns or keeps.
    private let escaping: Set<ValueID>
    /// The group of each node that is in one of several.
    private var groups: [Int: Group] = [:]
    /// The most nodes of an expression, so that its kernel stays within the registers.
    private static let longestExpression = 24

    /// The groups of `graph`, each after those whose results it reads.
    static func groups(of graph: Graph, for target: Target) -> [Group] {
        var planner = FusionPlanner(graph, target)
        planner.findPooledNormalizations()
        planner.findNormalizations()
        planner.findStatistics()
        planner.findExpressions()
        planner.findUpdates()
        return planner.ordered()
    }

    private init(_ graph: Graph, _ target: Target) {
        (self.graph, self.target) = (graph, target)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs { consumers[input, default: []].insert(index) }
        }
        escaping = Set(graph.outputs.map(\.value) + graph.updates.map(\.value))
    }

    /// The one node that uses the first result of node `index`, if it is the only one and nothing else keeps the result.
    private func onlyConsumer(of index: Int) -> Int? {
        let value = ValueID(node: index)
        guard !escaping.contains(value), let users = consumers[value], users.count == 1 else { return nil }
        return users.first
    }

    private mutating func findPooledNormalizations() {
        for (index, node) in graph.nodes.enumerated() {
            if case .batchNormalization = node.op, let pool = onlyConsumer(of: index),
                takesPool(index, pool)
            {
                let relu = onlyConsumer(of: pool).flatMap { graph.nodes[$0].op.isReLU ? $0 : nil }
                join(.normalization(.init(index: index, pool: pool, relu: relu)))
            }
            if case .batchNormalizationBackward = node.op, let group = pooledGradient(of: index) {
                join(group)
            }
        }
    }

    /// Whether one kernel is to serve the normalization `index`, or its gradient, and the max pooling `pool`.
    private func takesPool(_ index: Int, _ pool: Int) -> Bool {
        PooledNormalization(lowered(index), lowered(pool))?.isServed == true
    }

    private func lowered(_ index: Int) -> LoweredNode { LoweredNode(index, of: graph, for: target) }

    private mutating func join(_ group: Group) {
        for member in group.nodes { groups[member] = group }
    }

    /// A convolution takes the statistics of the first normalization of its result, where a kernel can.
    private mutating func findStatistics() {
        for (index, node) in graph.nodes.enumerated() {
            guard case .batchNormalization = node.op, case .convolution(let op) = graph.nodes[node.inputs[0].node].op,
                groups[node.inputs[0].node] == nil
            else { continue }
            var group = NormalizationGroup(index: index)
            if case .normalization(let known)? = groups[index] { group = known }
            guard let epilogue = StatisticsEpilogue(lowered(index), pooledBy: group.pool.map(lowered)),
                op.epilogueLaunch(lowered(node.inputs[0].node), epilogue) != nil
            else { continue }
            group.hasStatistics = true
            join(.normalization(group))
            groups[node.inputs[0].node] = .convolutionWithStatistics(
                node.inputs[0].node, normalization: index, pool: group.pool)
        }
    }

    /// The group of the gradient `index`, if the gradient of a max pooling alone feeds it.
    private func pooledGradient(of index: Int) -> Group? {
        let pool = graph.nodes[index].inputs[0].node
        guard onlyConsumer(of: pool) == index, takesPool(index, pool) else { return nil }
        let (gradient, places) = (graph.nodes[pool].inputs[0], graph.nodes[pool].inputs[1])
        // Where the ReLU was open is computed again from x, so it must be the one behind this very pooling.
        var select: Int?
        if let mask = reluOfMask(gradient.node, onlyFor: pool), places.output == 1,
            graph.nodes[mask].inputs[0] == ValueID(node: places.node),
            isOwn(graph.nodes[places.node].inputs[0], of: index)
        {
            select = gradient.node
        }
        return .pooledNormalizationBackward(index, pool: pool, select: select)
    }

    private mutating func findNormalizations() {
        for (index, node) in graph.nodes.enumerated() where groups[index] == nil {
            if case .batchNormalization = node.op, let relu = onlyConsumer(of: index),
                graph.nodes[relu].op.isReLU
            {
                join(.normalization(.init(index: index, relu: relu)))
            }
            if case .batchNormalizationBackward = node.op, let select = maskedGradient(of: index) {
                join(.maskedNormalizationBackward(index, select: select))
            }
        }
    }

    /// The node select(r, dy, 0) that alone feeds the gradient `index`, if r is the ReLU of that normalization.
    private func maskedGradient(of index: Int) -> Int? {
        let select = graph.nodes[index].inputs[0].node
        guard let relu = reluOfMask(select, onlyFor: index), isOwn(graph.nodes[relu].inputs[0], of: index) else {
            return nil
        }
        return select
    }

    /// The ReLU r of the node `select`, if that is select(r, dy, 0) and alone feeds `consumer`.
    private func reluOfMask(_ select: Int, onlyFor consumer: Int) -> Int? {
        guard case .select = graph.nodes[select].op, onlyConsumer(of: select) == consumer else { return nil }
        let operands = graph.nodes[select].inputs
        let shapes = operands.map { graph.type(of: $0).shape }
        guard case .constant(let zero) = graph.nodes[operands[2].node].op, zero.value == .zeros(zero.value.type),
            graph.nodes[operands[0].node].op.isReLU, shapes[0] == shapes[1]
        else { return nil }
        return operands[0].node
    }

    /// Whether `normalized` is the result of the normalization whose gradient is node `index`: its statistics tell.
    private func isOwn(_ normalized: ValueID, of index: Int) -> Bool {
        let inputs = graph.nodes[index].inputs
        guard case .batchNormalization = graph.nodes[normalized.node].op else { return false }
        return normalized.output == 0 && inputs[3] == ValueID(node: normalized.node, output: 1)
            && graph.nodes[normalized.node].inputs[0] == inputs[1]
    }

    private mutating func findExpressions() {
        for index in graph.nodes.indices.reversed() where isFree(index) {
            var members: Set<Int> = [index]
            gather(index, into: &members)
            guard members.count > 1 else { continue }
            let group = Group.elementwise(members.sorted())
            for member in group.nodes { groups[member] = group }
        }
    }

    /// Adds to `members` what computes the operands of `index`, as long as nobody else needs it.
    private func gather(_ index: Int, into members: inout Set<Int>) {
        for operand in graph.nodes[index].inputs.reversed() where members.count < Self.longestExpression {
            let producer = operand.node
            guard isFree(producer), !members.contains(producer), !escaping.contains(operand),
                graph.type(of: operand).shape == graph.nodes[index].types[0].shape,
                consumers[operand, default: []].isSubset(of: members)
            else { continue }
            members.insert(producer)
            gather(producer, into: &members)
        }
    }

    private func isFree(_ index: Int) -> Bool {
        groups[index] == nil && graph.nodes[index].op.isElementwise
    }

    /// All updates by one rule are a group, but for those whose results a node reads.
    private mutating func findUpdates() {
        var members: [UpdateRule: [Int]] = [:]
        for (index, node) in graph.nodes.enumerated() where !isRead(index) {
            if let rule = UpdateRule(node) { members[rule, default: []].append(index) }
        }
        for nodes in members.values where nodes.count > 1 {
            for member in nodes { groups[member] = .updates(nodes) }
        }
    }

    private func isRead(_ index: Int) -> Bool {
        graph.nodes[index].types.indices.contains { consumers[ValueID(node: index, output: $0)] != nil }
    }

    /// A group stands where its last node does, but a normalization where it is itself: others may use its statistics
    /// before its ReLU.
    private func ordered() -> [Group] {
        graph.nodes.indices.compactMap { index in
            switch groups[index] {
            case nil: .single(index)
            case .elementwise(let nodes)?, .updates(let nodes)?: nodes.last == index ? groups[index] : nil
            case .normalization(let group)?: group.index == index ? groups[index] : nil
            case .maskedNormalizationBackward(let anchor, _)?, .pooledNormalizationBackward(let anchor, _, _)?:
                anchor == index ? groups[index] : nil
            case .single?, .convolutionWithStatistics?: groups[index]
            }
        }
    }
}

extension Op {
    /// Whether it is max(x, 0), element by element.
    fileprivate var isReLU: Bool { if case .unary(.relu) = self { true } else { false } }

    /// Whether each element of the result depends on one element of every operand.
    var isElementwise: Bool {
        switch self {
        case .unary, .binary, .select, .cast, .broadcast: true
        case .input, .variable, .constant, .random, .drawViews, .resample, .reshape, .transpose, .concatenate, .slice,
            .pad, .reduce, .logSumExp, .gatherRows, .scatterAddRows, .oneHot, .topK, .matrixProduct, .scoreReduction,
            .scoreReductionBackward, .convolution, .convolutionBackwardInput, .convolutionBackwardFilter,
            .batchNormalization, .batchNormalizationBackward, .maxPool, .maxPoolBackward, .averagePool,
            .averagePoolBackward, .adam, .momentum, .custom:
            false
        }
    }
}
