// The places in a graph where one of several kernels is chosen.

package import GraphIR
package import TensorCore

/// A place where a kernel is chosen: a node, or some nodes that one kernel may serve together. A convolution and the batch
/// normalization whose statistics it takes are two places, each measured without the other.
package struct KernelSite: Sendable {
    /// The operation's name among `KernelChoice.operations`.
    package let operation: String
    /// The site in tuning tables, see `LoweredNode.key`.
    package let key: String
    /// The shape that is cut into tiles, see `LoweredNode.tiledShape`, of a node that is a place by itself.
    package let result: Shape?
    /// The nodes that are computed there, in order.
    package let nodes: [Int]
}

extension Target {
    /// The sites of `graph`, one for each key: those where kernels are chosen now, and those where one kernel might
    /// serve nodes that are left to themselves.
    package func sites(of graph: Graph) -> [KernelSite] {
        var united = self
        united.forcedKernels[PooledNormalization.name] = .wide(RegisterTile(wideLanes, by: 1))
        var order: [String] = []
        var sites: [String: KernelSite] = [:]
        for target in [united, self] {
            for group in FusionPlanner.groups(of: graph, for: target) {
                guard let site = group.site(graph, target) else { continue }
                // The gradient's site holds the nodes of both directions.
                if let known = sites[site.key], known.nodes.count >= site.nodes.count { continue }
                if sites.updateValue(site, forKey: site.key) == nil { order.append(site.key) }
            }
        }
        return order.compactMap { sites[$0] }
    }

    /// What the last bits of a run of `graph` depend on: how sums are cut into parts, and what serves each site, by key.
    package func record(of graph: Graph) -> [String: String] {
        var record = ["computeUnits": String(computeUnits), "lanes": String(lanes)]
        for site in sites(of: graph) {
            record[site.key] = choice(for: site.operation, result: site.result, site.key).description
        }
        return record
    }
}

extension Group {
    /// Where the kernel of the group is chosen; `nil` where there is no choice.
    fileprivate func site(_ graph: Graph, _ target: Target) -> KernelSite? {
        func node(_ index: Int) -> LoweredNode { LoweredNode(index, of: graph, for: target) }
        func single(_ index: Int, _ nodes: [Int]) -> KernelSite? {
            let name = graph.nodes[index].op.name
            guard !KernelChoice.candidates(for: name).isEmpty else { return nil }
            return KernelSite(
                operation: name, key: node(index).key, result: node(index).tiledShape, nodes: nodes)
        }
        func pooled(_ index: Int, _ pool: Int, _ nodes: [Int]) -> KernelSite? {
            PooledNormalization(node(index), node(pool)).map {
                KernelSite(operation: PooledNormalization.name, key: $0.key, result: nil, nodes: nodes.sorted())
            }
        }
        switch self {
        case .elementwise, .updates: return nil
        case .single(let index), .convolutionWithStatistics(let index, _, _): return single(index, [index])
        case .normalization(let group):
            return group.pool.map { pooled(group.index, $0, nodes) } ?? single(group.index, nodes)
        case .maskedNormalizationBackward(let index, _): return single(index, [index])
        case .pooledNormalizationBackward(let index, let pool, let select):
            // The pooling that gave the places, the normalization before it, and the ReLU whose mask is selected by.
            let forward = graph.nodes[pool].inputs[1].node
            guard case .maxPool = graph.nodes[forward].op,
                case let normalization = graph.nodes[forward].inputs[0].node,
                case .batchNormalization = graph.nodes[normalization].op
            else { return pooled(index, pool, nodes) }
            let relu = select.map { [graph.nodes[$0].inputs[0].node] } ?? []
            return pooled(index, pool, [normalization, forward] + relu + nodes)
        }
    }
}
