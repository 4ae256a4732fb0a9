// A node of the graph as its lowering rule sees it: operands, results, and the device.

package import GraphIR
package import TensorCore

/// One node on its way to become a launch.
package struct LoweredNode: Sendable {
    /// The graph.
    package let graph: Graph
    /// Which node.
    package let index: Int
    /// The device.
    package let target: Target

    /// Looks at node `index` of `graph`.
    package init(_ index: Int, of graph: Graph, for target: Target) {
        (self.graph, self.index, self.target) = (graph, index, target)
    }

    /// The node.
    package var node: Graph.Node { graph.nodes[index] }
    /// Its operands.
    package var inputs: [ValueID] { node.inputs }
    /// Its results.
    package var outputs: [ValueID] { node.types.indices.map { ValueID(node: index, output: $0) } }
    /// The shapes of its operands.
    package var inputShapes: [Shape] { inputs.map { graph.type(of: $0).shape } }
    /// The shapes of its results.
    package var outputShapes: [Shape] { node.types.map(\.shape) }
    /// The bytes of all operands and results, each once.
    package var bytes: Int {
        inputs.reduce(0) { $0 + graph.type(of: $1).byteCount } + node.types.reduce(0) { $0 + $1.byteCount }
    }

    /// Which kernel serves it.
    package var choice: KernelChoice { target.choice(for: node.op.name, result: tiledShape, key) }

    /// The shape of what work-groups share: of the first result, or of the scores that are reduced to it.
    var tiledShape: Shape {
        if case .scoreReduction = node.op { return ScoreSizes(inputs, of: self).shape }
        if case .scoreReductionBackward = node.op { return ScoreSizes(inputs.dropLast(3), of: self).shape }
        return outputShapes[0]
    }

    /// The operation with its attributes, the shapes of operands and result, and to what factors are rounded if they are,
    /// as tuning tables name it: `convolution [964, 28, 28, 128] [3, 3, 128, 128] -> [964, 28, 28, 128], stride 1, padding 1`.
    package var key: String {
        let attributes = node.op.rule.attributes
        let shapes = inputShapes.map(\.description).joined(separator: " ")
        return "\(node.op.name) \(shapes) -> \(node.types[0].shape)" + (attributes.isEmpty ? "" : ", \(attributes)")
            + (target.rounds(node.op.name) ? ", \(target.precision.rawValue)" : "")
    }

    /// A launch of this node alone, labelled with the operation's name unless another `label` is given.
    package func launch(
        _ label: String? = nil, scratchBytes: [Int] = [], mayOverwrite: [ValueID: [ValueID]] = [:], calls: [Call],
        recomputation: Recomputation? = nil
    ) -> Launch {
        Launch(
            label ?? node.op.name, nodes: [index], scratchBytes: scratchBytes, mayOverwrite: mayOverwrite, calls: calls,
            recomputation: recomputation)
    }

    /// A launch of this node by one kernel.
    package func launch(_ call: KernelCall, mayOverwrite: [ValueID: [ValueID]] = [:]) -> Launch {
        launch(mayOverwrite: mayOverwrite, calls: [.kernel(call)])
    }
}

extension Int {
    /// This number rounded up to a multiple of `unit`.
    package func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }

    /// The largest power of two up to `most` that divides this number.
    package func powerOfTwoDivisor(atMost most: Int) -> Int {
        var divisor = 1
        while divisor * 2 <= most && self % (divisor * 2) == 0 { divisor *= 2 }
        return divisor
    }
}
