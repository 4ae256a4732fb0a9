// Random numbers, a function of seed, stream, counter and position.

import GraphIR

extension Op.Random {
    func launch(_ node: LoweredNode) -> Launch {
        let function =
            switch distribution {
            case .uniform: "random_uniform"
            case .normal: "random_normal"
            }
        return node.launch(
            KernelCall(
                "random", function,
                [
                    .uint32(shape.count), .uint32(Int(seed & 0xFFFF_FFFF)), .uint32(Int(seed >> 32)),
                    .uint32(Int(stream)), .input(node.inputs[0]), .output(node.outputs[0]),
                ], .row(shape.count, on: node.target), work: Work(bytes: 4 * shape.count)))
    }
}
