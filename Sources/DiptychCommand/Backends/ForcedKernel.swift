// `--kernel convolution='wide 16x12'`: a choice of kernel that a person makes.

package import Configuration
package import Diptych

/// A kernel forced for all nodes of an operation.
package struct ForcedKernel: Hashable, Sendable {
    /// The operation's name.
    package let operation: String
    /// What serves it.
    package let choice: KernelChoice
}

extension ValueRule<ForcedKernel> {
    /// `OPERATION=CHOICE`.
    package static let kernel = Self(allowed: "OPERATION=CHOICE") { node throws(ValueRefusal) in
        let text = try ValueRule<String>.text("OPERATION=CHOICE").read(node)
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
        return ForcedKernel(operation: operation, choice: choice)
    } write: { kernel in
        "\(kernel.operation)=\(kernel.choice)"
    }
}

extension Option where Root: CommandInterface {
    /// `--kernel`, which may be given several times.
    package static func kernels(_ place: any WritableKeyPath<Root, [ForcedKernel]> & Sendable) -> Self {
        list(
            "kernel", "OPERATION=CHOICE", place, .kernel,
            "force a kernel on an OpenCL device, whatever was tuned: plain, wide LANESxROWS, library")
    }
}
