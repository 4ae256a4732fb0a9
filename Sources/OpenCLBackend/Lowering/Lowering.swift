// From the graph to launches: the one switch over all operations.

import Execution
package import GraphIR

/// The launches that compute `graph`, in an order in which each comes after what it reads.
package func lower(_ graph: Graph, for target: Target, fusion: Bool) -> [Launch] {
    let groups = fusion ? FusionPlanner.groups(of: graph, for: target) : graph.nodes.indices.map(Group.single)
    return groups.compactMap { $0.launch(graph, target) }
}

extension LoweredNode {
    /// The launch of this node alone; `nil` if nothing is to be computed.
    var launch: Launch? {
        switch node.op {
        case .input, .variable, .constant, .reshape: nil
        case .random(let op): op.launch(self)
        case .drawViews(let op): op.launch(self)
        case .resample(let op): op.launch(self)
        case .unary, .binary, .select, .cast, .broadcast: ElementwiseGroup([index]).launch(self)
        case .transpose(let op): op.launch(self)
        case .concatenate(let op): op.launch(self)
        case .slice(let op): op.launch(self)
        case .pad(let op): op.launch(self)
        case .reduce(let op): op.launch(self)
        case .logSumExp(let op): op.launch(self)
        case .gatherRows(let op): op.launch(self)
        case .scatterAddRows(let op): op.launch(self)
        case .oneHot(let op): op.launch(self)
        case .topK(let op): op.launch(self)
        case .matrixProduct(let op): op.launch(self)
        case .scoreReduction(let op): op.launch(self)
        case .scoreReductionBackward(let op): op.launch(self)
        case .convolution(let op): op.launch(self)
        case .convolutionBackwardInput(let op): op.launch(self)
        case .convolutionBackwardFilter(let op): op.launch(self)
        case .batchNormalization(let op): op.launch(self)
        case .batchNormalizationBackward(let op): op.launch(self)
        case .maxPool(let op): op.launch(self)
        case .maxPoolBackward(let op): op.launch(self)
        case .averagePool(let op): op.launch(self)
        case .averagePoolBackward(let op): op.launch(self)
        case .adam, .momentum: UpdateRule(node)?.launch([self])
        case .custom(let op): customLaunch(op)
        }
    }
}
