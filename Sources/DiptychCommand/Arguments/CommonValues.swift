// Values that the options of several commands take.

package import Configuration
package import TensorCore

extension ValueRule<String> {
    /// The path of a file or a folder.
    package static let path = text("a path")
    /// A device.
    package static let device = text("auto, gpu, cpu, reference, an index, or a part of a name")
}

extension Option where Root: CommandInterface {
    /// `--json`.
    package static func json(_ place: any WritableKeyPath<Root, Bool> & Sendable) -> Self {
        flag("json", place, "the result as JSON on standard output")
    }

    /// `--device`.
    package static func device(_ place: any WritableKeyPath<Root, String> & Sendable) -> Self {
        value("device", "DEVICE", place, .device, "auto, gpu, cpu, reference, an index, or a part of a name")
    }

    /// `--operation`, which may be given several times.
    package static func operations(
        _ place: any WritableKeyPath<Root, [String]> & Sendable, _ summary: String = "only this operation"
    ) -> Self {
        list("operation", "NAME", place, .text("the name of an operation"), summary)
    }

    /// `--precision`.
    package static func precision(_ place: any WritableKeyPath<Root, Precision> & Sendable) -> Self {
        value(
            "precision", "NAME", place, .choice,
            "to what the factors of products are rounded: float32, tf32 or bf16, on tensor cores")
    }
}
