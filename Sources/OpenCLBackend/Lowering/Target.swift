// What the lowering knows of the device that it lowers for, and which kernel serves which node.

import GraphIR
package import TensorCore

/// The properties of a device on which the choice of launches depends.
package struct Target: Hashable, Sendable {
    /// What sort of machine runs the kernels.
    package enum Kind: Hashable, Sendable {
        /// Cores with wide registers; `local` memory is ordinary memory.
        case cpu
        /// Many lanes with `local` memory of their own.
        case gpu
        /// A simulator such as oclgrind, which watches every access and is slow.
        case simulator
    }

    /// What sort of machine it is.
    package var kind: Kind
    /// Cores, or multiprocessors.
    package var computeUnits: Int
    /// float32 lanes of a vector register: 16, 8 or 4.
    package var lanes: Int
    /// The largest work-group.
    package var maximumWorkGroup: Int
    /// `local` memory of a work-group in bytes.
    package var localMemoryBytes: Int
    /// The bytes of a kernel's arguments.
    package var argumentBytes: Int
    /// The most work-groups of a launch along its second and its third dimension. OpenCL does not tell; NVIDIA's GPUs take
    /// 65,535.
    package var mostGroups: Int
    /// Registers of a core that hold such a vector.
    package var vectorRegisters: Int
    /// The most scratch memory of a launch that can do its work in chunks, in bytes: little beside a GPU's memory, and enough
    /// for a chunk to keep every multiprocessor busy. With 128 channels it holds 7232 of Winograd's tiles, whose products
    /// are 8136 work-groups of 64 by 64. It is not fitted to a cache, of some tens of MiB where it is large: chunks as small
    /// would spare memory some traffic, but leave multiprocessors idle at the end of each of several times as many launches.
    package var chunkBytes = 256 << 20
    /// To what the factors of products are rounded.
    package var precision = Precision.float32
    /// Choices forced for operations, by the operation's name.
    package var forcedKernels: [String: KernelChoice] = [:]
    /// Choices for single nodes, by `LoweredNode.key`: measured once, or recorded by the run that goes on.
    package var tunedKernels: [String: KernelChoice] = [:]

    /// Describes a device; unless told otherwise, one that takes the fewest `argumentBytes` that OpenCL allows.
    package init(
        kind: Kind, computeUnits: Int, lanes: Int, vectorRegisters: Int? = nil, maximumWorkGroup: Int,
        localMemoryBytes: Int, argumentBytes: Int = 1024
    ) {
        (self.kind, self.computeUnits, self.lanes) = (kind, computeUnits, lanes)
        self.vectorRegisters = vectorRegisters ?? (lanes >= 16 ? 32 : 16)
        (self.maximumWorkGroup, self.localMemoryBytes) = (maximumWorkGroup, localMemoryBytes)
        self.argumentBytes = argumentBytes
        mostGroups = kind == .gpu ? 65_535 : .max
    }

    /// Whether the factors of `operation` are rounded.
    package func rounds(_ operation: String) -> Bool { precision != .float32 && Op.products.contains(operation) }

    /// What serves `key` of `operation`, whose first result has the shape `result`: what is forced, else what is tuned, else
    /// what is shipped.
    package func choice(
        for operation: String, result: Shape? = nil, _ key: @autoclosure () -> String
    ) -> KernelChoice {
        // Where factors are rounded, what does not round them serves nothing.
        if rounds(operation) {
            let chosen = forcedKernels[operation] ?? (tunedKernels.isEmpty ? nil : tunedKernels[key()])
            return chosen.flatMap { candidates(for: operation).contains($0) ? $0 : nil }
                ?? shippedChoice(for: operation, result: result)
        }
        if let forced = forcedKernels[operation] { return forced }
        // A kernel forced for one of several nodes is to serve that node.
        let parts = operation == PooledNormalization.name ? PooledNormalization.parts : []
        if parts.contains(where: { forcedKernels[$0] != nil }) { return .plain }
        if !tunedKernels.isEmpty, let tuned = tunedKernels[key()] { return tuned }
        return shippedChoice(for: operation, result: result)
    }
}
