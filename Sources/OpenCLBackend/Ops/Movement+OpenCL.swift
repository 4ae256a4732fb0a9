// Operations that only change the places of elements: one kernel with index arithmetic written for each.

import GraphIR
import TensorCore

/// The build constants of `movement.cl`.
private struct MovementConstants {
    /// Where position `i` lies in the other tensor.
    let place: StridedIndex
    /// Whether it lies there at all.
    var inside = "1"

    var prelude: String { "#define PLACE(i) (\(place.text("(i)")))\n#define INSIDE(i) (\(inside))\n" }
}

extension LoweredNode {
    /// A call of `function` over the `count` elements of one side.
    fileprivate func move(
        _ function: String, _ count: Int, start: Int = 0, _ constants: MovementConstants, from input: ValueID
    ) -> Call {
        .kernel(
            KernelCall(
                .template("movement"), function, prelude: constants.prelude,
                [.uint32(count), .uint32(start), .input(input), .output(outputs[0])], .row(count, on: target),
                work: Work(bytes: 8 * count)))
    }
}

extension Op.Transpose {
    func launch(_ node: LoweredNode) -> Launch {
        let (strides, output) = (node.inputShapes[0].strides, node.outputShapes[0])
        let place = StridedIndex(extents: output.extents, strides: permutation.map { strides[$0] })
        return node.launch(
            calls: [node.move("movement_gather", output.count, MovementConstants(place: place), from: node.inputs[0])])
    }
}

extension Op.Slice {
    func launch(_ node: LoweredNode) -> Launch {
        let (strides, output) = (node.inputShapes[0].strides, node.outputShapes[0])
        let start = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
        let constants = MovementConstants(place: StridedIndex(extents: output.extents, strides: strides))
        return node.launch(
            calls: [node.move("movement_gather", output.count, start: start, constants, from: node.inputs[0])])
    }
}

extension Op.Concatenate {
    func launch(_ node: LoweredNode) -> Launch {
        let strides = node.outputShapes[0].strides
        var start = 0
        var calls: [Call] = []
        for (input, shape) in zip(node.inputs, node.inputShapes) {
            let constants = MovementConstants(place: StridedIndex(extents: shape.extents, strides: strides))
            calls.append(node.move("movement_scatter", shape.count, start: start, constants, from: input))
            start += shape[axis] * strides[axis]
        }
        return node.launch(calls: calls)
    }
}

extension Op.Pad {
    func launch(_ node: LoweredNode) -> Launch {
        let (input, output) = (node.inputShapes[0], node.outputShapes[0])
        let place = StridedIndex(extents: output.extents, strides: input.strides)
        // Places before the first element wrap around in uint; they are not inside, and so not read.
        let start = zip(before, input.strides).reduce(0) { $0 - $1.0 * $1.1 }
        let constants = MovementConstants(place: place, inside: inside(output, input))
        return node.launch(
            calls: [
                node.move(
                    "movement_pad", output.count, start: Int(UInt32(truncatingIfNeeded: start)), constants,
                    from: node.inputs[0])
            ])
    }

    /// Whether position i of the result lies between the zeros, along every padded axis.
    private func inside(_ output: Shape, _ input: Shape) -> String {
        let tests = output.extents.indices.filter { before[$0] + after[$0] > 0 }.map { axis in
            let coordinate = "(i) / \(output.strides[axis])u % \(output[axis])u"
            return "\(coordinate) - \(before[axis])u < \(input[axis])u"
        }
        return tests.isEmpty ? "1" : tests.joined(separator: " && ")
    }
}
