// The constants with which a kernel file is built: one struct per file, rendered as `#define` lines.

/// The constants of a kernel file. Each stored property `tileRows` is the constant `TILE_ROWS`.
package protocol BuildConstants {}

extension BuildConstants {
    /// The constants as text to stand before the file.
    package var prelude: String {
        Mirror(reflecting: self).children
            .map { "#define \(constantName($0.label ?? "")) \($0.value)\n" }.joined()
    }
}

/// `TILE_ROWS` for `tileRows`.
private func constantName(_ property: String) -> String {
    property.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined()
}
