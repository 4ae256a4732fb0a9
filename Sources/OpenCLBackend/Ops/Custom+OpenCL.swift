// An operation from outside: its own text, one work-item per element of its first result.

import GraphIR

extension LoweredNode {
    func customLaunch(_ op: any CustomOperation) -> Launch {
        let kernel = op.kernel
        let memory = inputs.map { Argument.input($0) } + outputs.map { .output($0) }
        return launch(
            KernelCall(
                .text(kernel.source, name: op.name), kernel.function, memory + [.uint32(kernel.workItems)],
                .row(kernel.workItems, on: target), work: Work(bytes: bytes)))
    }
}
