// What the lowering knows of the device that it lowers for, and which kernel shape serves which operation.

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
    /// Shapes forced for operations, by the operation's name.
    package var forcedShapes: [String: KernelShape]

    /// Describes a device.
    package init(
        kind: Kind, computeUnits: Int, lanes: Int, maximumWorkGroup: Int, localMemoryBytes: Int,
        forcedShapes: [String: KernelShape] = [:]
    ) {
        (self.kind, self.computeUnits, self.lanes) = (kind, computeUnits, lanes)
        (self.maximumWorkGroup, self.localMemoryBytes) = (maximumWorkGroup, localMemoryBytes)
        self.forcedShapes = forcedShapes
    }

    /// The operations that have more than the plain shape.
    package static let shapedOperations = [
        "batchNormalization", "batchNormalizationBackward", "convolution", "convolutionBackwardFilter",
        "convolutionBackwardInput", "matrixProduct", "maxPool", "maxPoolBackward", "reduce",
    ]

    /// The shape wanted for `operation` (`convolution`): the forced one, else the device's own. An operation without
    /// such a shape, or with sizes that it does not serve, takes the plain one.
    package func shape(of operation: String) -> KernelShape {
        if let forced = forcedShapes[operation] { return forced }
        return switch kind {
        case .cpu: .wide
        case .gpu: .library
        case .simulator: .plain
        }
    }

    /// What the last bits of a result depend on: the shape of each operation, and how sums are cut into parts.
    package var record: [String: String] {
        var record = ["computeUnits": String(computeUnits), "lanes": String(lanes)]
        for operation in Self.shapedOperations { record[operation] = shape(of: operation).rawValue }
        return record
    }
}

/// The forms in which an operation's kernel may exist.
public enum KernelShape: String, Hashable, Sendable, CaseIterable {
    /// `Kernels/<stem>.cl`: right everywhere.
    case plain
    /// `Kernels/wide/`: for CPU devices, a register tile or a row per work-item.
    case wide
    /// CLBlast.
    case library
}
