// `--kernel convolution='wide 16x12'`, `--kernel tiled`: a choice of kernels that a person makes.

package import Configuration
package import Diptych

/// Kernels forced on an OpenCL device.
package enum ForcedKernel: Hashable, Sendable {
    /// Those of a family, for all operations of which none is forced by itself.
    case all(KernelFamily)
    /// What serves all nodes of the named operation.
    case one(String, KernelChoice)
}

extension ValueRule<ForcedKernel> {
    /// `OPERATION=CHOICE`, or `plain`, `wide`, `tiled` or `winograd`.
    package static let kernel = Self(allowed: "OPERATION=CHOICE") { node throws(ValueRefusal) in
        let text = try ValueRule<String>.text("OPERATION=CHOICE").read(node)
        if let family = KernelFamily(rawValue: text) { return .all(family) }
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let operation = parts.first ?? ""
        let candidates = KernelChoice.candidates(for: operation)
        guard !candidates.isEmpty else {
            let known = KernelChoice.operations.joined(separator: ", ")
            throw ValueRefusal(reason: "'\(operation)' has no choice of kernels; \(known) have")
        }
        guard parts.count == 2, let choice = KernelChoice(parts[1], for: operation) else {
            let known = candidates.map(\.description).joined(separator: ", ")
            throw ValueRefusal(reason: "'\(text)' is not \(operation)= one of \(known)")
        }
        return .one(operation, choice)
    } write: { kernel in
        switch kernel {
        case .all(let family): family.rawValue
        case .one(let operation, let choice): "\(operation)=\(choice)"
        }
    }
}

extension Option where Root: CommandInterface {
    /// `--kernel`, which may be given several times.
    package static func kernels(_ place: any WritableKeyPath<Root, [ForcedKernel]> & Sendable) -> Self {
        list(
            "kernel", "OPERATION=CHOICE", place, .kernel,
            "force a kernel (convolution=plain), or all of a sort (plain, wide, tiled, winograd), whatever was tuned")
    }
}
