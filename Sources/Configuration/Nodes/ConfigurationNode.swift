// A YAML document as a tree: mappings, sequences and scalars, each with the place where it stands.

/// Where a part of the configuration was written.
public enum ConfigurationPlace: Hashable, Sendable, CustomStringConvertible {
    /// In a file, at a line and a column, both counted from 1.
    case file(String, line: Int, column: Int)
    /// In an override such as `optimizer.learningRate=0.0005`.
    case override(String)

    /// `run.yaml:3:11`, or the override itself.
    public var description: String {
        switch self {
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .override(let text): text
        }
    }
}

/// One node of a YAML document.
package struct ConfigurationNode: Hashable, Sendable {
    /// What a node holds.
    package indirect enum Content: Hashable, Sendable {
        /// Keys with their values, in the order of the file; no key stands twice.
        case mapping([Entry])
        /// Values in order.
        case sequence([ConfigurationNode])
        /// A text, and whether it was quoted (`'null'` is a text, `null` is not).
        case scalar(String, quoted: Bool)
    }

    /// One key of a mapping with its value.
    package struct Entry: Hashable, Sendable {
        package let key: String
        package let place: ConfigurationPlace
        package let value: ConfigurationNode
    }

    package let place: ConfigurationPlace
    package let content: Content

    package init(_ content: Content, at place: ConfigurationPlace) {
        self.content = content
        self.place = place
    }

    /// Whether this is an unquoted `null`, `~` or nothing at all.
    package var isNull: Bool {
        guard case .scalar(let text, quoted: false) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The node in one short line, for an error: `'text'`, `a list`, `a mapping`.
    package var summary: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let text, let quoted): text.isEmpty && !quoted ? "nothing" : quotedLine(text)
        }
    }
}

/// `text` in single quotes on one line: control characters escaped, long texts cut.
package func quotedLine(_ text: String, limit: Int = 80) -> String {
    var line = "'"
    for scalar in text.unicodeScalars.prefix(limit) {
        line += scalar.value < 0x20 || scalar.value == 0x7F ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return line + (text.unicodeScalars.count > limit ? "...'" : "'")
}
