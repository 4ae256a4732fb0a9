// All kernels of one sort at once, so that those for another sort of device run on this one.

/// The kernels for one sort of device.
public enum KernelFamily: String, Hashable, Sendable, CaseIterable {
    /// Those that serve any device.
    case plain
    /// Those for CPU devices.
    case wide
    /// Those for GPUs.
    case tiled
    /// Those for GPUs, with Winograd's for convolutions.
    case winograd
}

extension Target {
    /// The kernel of `family` for each operation that has a choice, within the limits of this device; the plain one where
    /// the family has none.
    package func kernels(of family: KernelFamily) -> [String: KernelChoice] {
        let choices = KernelChoice.operations.map { operation in
            switch family {
            case .plain: (operation, KernelChoice.plain)
            case .wide: (operation, widest(for: operation))
            case .tiled: (operation, shippedTiled(for: operation))
            case .winograd: (operation, shippedForGPU(operation))
            }
        }
        return Dictionary(uniqueKeysWithValues: choices)
    }
}
