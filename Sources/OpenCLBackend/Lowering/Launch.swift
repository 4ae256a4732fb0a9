// A launch: what the lowering says of one unit of a device's work, as plain values. No driver is asked here.
//
// How an operation becomes a launch, for whoever adds a kernel:
//   1. Kernels/<stem>.cl, or the file in wide/ or tiled/, holds the text; CKernelSource embeds it under its path without
//      ".cl".
//   2. Ops/<Name>+OpenCL.swift has `extension Op.<Name> { func launch(_ node: LoweredNode) -> Launch }`, which lists calls.
//      `.input(value)` and `.output(value)` among the arguments say what is read and written; nothing else need be said.
//   3. Scratch memory is asked for in bytes, `scratchBytes: [n]`, and named `.scratch(0)` in the arguments; it lives for
//      the launch, and all of its calls see the same memory. Calls of a launch run in their order.
//   4. Build constants are one struct per file that conforms to `BuildConstants`; sizes are arguments.
//   5. A device may take only so many work-groups along dimensions 1 and 2: what has more goes in slabs, each with an
//      offset. So there a kernel finds its place by get_global_id, or with get_global_offset, and not by get_group_id or
//      get_num_groups alone.
//   6. Where several kernels serve, `node.choice` says which one is wanted; `KernelChoice` lists what there is.

import Execution
package import GraphIR

/// One unit of work, covering one or more nodes of the graph.
package struct Launch: LaunchFootprint, Sendable {
    /// What it is called in profiles and errors: `convolution`, `batchNormalization + relu`.
    package let label: String
    /// The nodes that it covers.
    package let nodes: [Int]
    /// What the device is asked to do, in order.
    package let calls: [Call]
    /// The bytes of each scratch memory; `.scratch(i)` is the one of `scratchBytes[i]`.
    package let scratchBytes: [Int]
    /// For a written value, the read values whose memory it may take if they die here: each element must be read by
    /// the same work-item that writes it, before it does, and by no other.
    package let mayOverwrite: [ValueID: [ValueID]]
    /// How a result is made again, where that costs about as little as reading and writing it; see `Recomputation`.
    package let recomputation: Recomputation?
    /// The values read: all that stand as `.input` in a call.
    package let reads: [ValueID]
    /// The values written: all that stand as `.output` in a call.
    package let writes: [ValueID]

    /// Makes a launch; what it reads and writes follows from its calls.
    package init(
        _ label: String, nodes: [Int], scratchBytes: [Int] = [], mayOverwrite: [ValueID: [ValueID]] = [:],
        calls: [Call], recomputation: Recomputation? = nil
    ) {
        (self.label, self.nodes, self.calls) = (label, nodes, calls)
        (self.scratchBytes, self.mayOverwrite) = (scratchBytes, mayOverwrite)
        self.recomputation = recomputation
        var (reads, writes): ([ValueID], [ValueID]) = ([], [])
        for memory in calls.flatMap(\.memories) {
            switch memory {
            case .input(let value): if !reads.contains(value) { reads.append(value) }
            case .output(let value): if !writes.contains(value) { writes.append(value) }
            case .scratch(let index):
                precondition(scratchBytes.indices.contains(index), "\(label): scratch \(index) of \(scratchBytes)")
            }
        }
        (self.reads, self.writes) = (reads, writes)
    }
}

/// How a launch makes one of its results once more, while its other results are still there.
package struct Recomputation: Sendable {
    /// What the launch that makes it again is called, before "again".
    package let label: String
    /// The result.
    package let value: ValueID
    /// The calls that make it; their scratch memory is the launch's.
    package let calls: [Call]

    /// Says that `calls` make `value`.
    package init(_ label: String, of value: ValueID, calls: [Call]) {
        (self.label, self.value, self.calls) = (label, value, calls)
    }
}

/// Memory that a call touches.
package enum Memory: Hashable, Sendable {
    /// A value computed before this launch.
    case input(ValueID)
    /// A value that this launch computes; later calls of the launch may read it, too.
    case output(ValueID)
    /// Memory of this launch alone, by its place in `scratchBytes`; its content is undefined at first.
    case scratch(Int)
}

/// One thing that the device is asked to do.
package enum Call: Hashable, Sendable {
    /// A kernel of ours.
    case kernel(KernelCall)
    /// A matrix product by CLBlast.
    case product(ProductCall)
    /// A copy of `byteCount` bytes, from the start of one memory to the start of another.
    case copy(from: Memory, to: Memory, byteCount: Int)

    /// All memory that the call touches.
    var memories: [Memory] {
        switch self {
        case .kernel(let call): call.arguments.compactMap(\.memory)
        case .product(let call): [call.left, call.right, call.result]
        case .copy(let source, let target, _): [source, target]
        }
    }
}

/// A launch of one kernel function.
package struct KernelCall: Hashable, Sendable {
    /// Where its text comes from.
    package let source: KernelSource
    /// What stands before the file's text: the build constants as `#define` lines, or a generated expression.
    package let prelude: String
    /// The kernel function.
    package let function: String
    /// Its arguments, in the order and of the types of its text.
    package let arguments: [Argument]
    /// The number of work-items along one to three dimensions; a multiple of `local` where that is given.
    package let global: [Int]
    /// The extents of a work-group; the driver chooses where there are none.
    package let local: [Int]?
    /// What it computes and moves, for profiles.
    package let work: Work

    /// Makes a launch of `function` of the file `source`.
    package init(
        _ source: KernelSource, _ function: String, prelude: String = "", _ arguments: [Argument], global: [Int],
        local: [Int]? = nil, work: Work = Work()
    ) {
        (self.source, self.function, self.prelude, self.arguments) = (source, function, prelude, arguments)
        (self.global, self.local, self.work) = (global, local, work)
    }
}

/// Where a kernel's text comes from.
package enum KernelSource: Hashable, Sendable, ExpressibleByStringLiteral {
    /// A file in Kernels/ without ".cl": `convolution`, `wide/convolution_winograd`.
    case file(String)
    /// A file whose text stands in a program once for each prelude that a graph needs, so that dozens of small kernels
    /// cost one build: its functions are written `NAME(function)`, and it forgets its constants at its end.
    case template(String)
    /// A text brought from outside, with a name for messages.
    case text(String, name: String)

    package init(stringLiteral name: String) { self = .file(name) }

    /// The name in messages.
    package var name: String {
        switch self {
        case .file(let name), .template(let name), .text(_, let name): name
        }
    }
}

/// An argument of a kernel, of exactly the type that its text declares.
package enum Argument: Hashable, Sendable {
    /// `__global` memory.
    case memory(Memory)
    /// `int`.
    case int32(Int)
    /// `uint`.
    case uint32(Int)
    /// `ulong`.
    case uint64(Int)
    /// `float`.
    case float(Float)
    /// `__local` memory of so many bytes.
    case local(bytes: Int)

    /// A value computed before this launch, as `__global const` memory.
    package static func input(_ value: ValueID) -> Argument { .memory(.input(value)) }
    /// A value that this launch computes.
    package static func output(_ value: ValueID) -> Argument { .memory(.output(value)) }
    /// Scratch memory of this launch.
    package static func scratch(_ index: Int) -> Argument { .memory(.scratch(index)) }

    /// The memory, if it is one.
    var memory: Memory? {
        if case .memory(let memory) = self { return memory }
        return nil
    }
}

/// Y[b] = op(A[b]) op(B[b]) for row-major matrices, one after another in memory: what CLBlast is asked for.
package struct ProductCall: Hashable, Sendable {
    /// A, [batch, rows, depth] after op.
    package let left: Memory
    /// B, [batch, depth, columns] after op.
    package let right: Memory
    /// Y, [batch, rows, columns].
    package let result: Memory
    /// Which operands are read transposed.
    package let op: Op.MatrixProduct
    /// The extents.
    package let sizes: Op.MatrixProduct.Sizes
    /// How it is cut; without, as CLBlast has it for the device.
    package let tile: LibraryTile?
}

/// What a call computes and moves at least, for GFLOP/s and GB/s in profiles: counted by the operation's definition,
/// whatever the algorithm.
package struct Work: Hashable, Sendable {
    /// Floating-point operations; a multiply-add counts twice.
    package var operations: Int
    /// Bytes read and written, each once.
    package var bytes: Int

    /// Makes an amount of work; a call that only prepares another counts nothing.
    package init(operations: Int = 0, bytes: Int = 0) {
        (self.operations, self.bytes) = (operations, bytes)
    }
}
