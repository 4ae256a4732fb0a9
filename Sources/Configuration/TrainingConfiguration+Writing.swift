// The effective configuration as YAML that reads back as the same value.

extension TrainingConfiguration {
    /// The whole configuration as YAML, every key with its value and its meaning.
    public var yaml: String {
        var lines = ["# The effective configuration: every key with its value."]
        var open: [Substring] = []
        for key in ConfigurationKey.all {
            let parts = key.path.split(separator: ".")
            let sections = Array(parts.dropLast())
            let shared = zip(open, sections).prefix { $0 == $1 }.count
            for depth in shared..<sections.count {
                lines.append(indentation(depth) + sections[depth] + ":")
            }
            open = sections
            lines.append(
                "\(indentation(sections.count))\(parts[parts.count - 1]): \(key.write(self))  # \(key.comment)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func indentation(_ depth: Int) -> String {
        String(repeating: "  ", count: depth)
    }
}

extension ConfigurationKey {
    /// Meaning and allowed values on one line.
    package var comment: String { "\(summary) (\(allowed))" }
}
