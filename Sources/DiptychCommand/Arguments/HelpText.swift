// The help of a command, and of the program.

extension CommandInterface {
    /// The whole help of the command, 80 columns wide.
    package static var help: String {
        var sections = [wrapped(summary), usage]
        if !discussion.isEmpty { sections.append(discussion) }
        let operandRows = operands.map { ($0.placeholder, $0.summary) }
        if !operandRows.isEmpty { sections.append("Arguments:\n" + definitions(operandRows)) }
        sections.append("Options:\n" + definitions(options.map(\.helpRow) + [("--help", "this text")]))
        let shown = examples.map { "  # \($0.meaning)\n  \($0.line)" }
        if !shown.isEmpty { sections.append("Examples:\n" + shown.joined(separator: "\n")) }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static var usage: String {
        var words = ["Usage: diptych \(name)"]
        words += operands.map { $0.isRequired ? $0.placeholder : "[\($0.placeholder)]" }
        words += options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder ?? "")" }
        words.append("[options]")
        if overrides != nil { words.append("[key=value ...]") }
        return words.joined(separator: " ")
    }
}

extension Option {
    /// The option's name and meaning.
    fileprivate var helpRow: (String, String) {
        let term = "--\(name)" + (placeholder.map { " \($0)" } ?? "")
        let note = isRequired ? " (required)" : defaultText.map { " (default: \($0))" } ?? ""
        return (term, summary + note)
    }
}

/// Terms with their meanings in two columns.
package func definitions(_ rows: [(term: String, meaning: String)]) -> String {
    let column = min(rows.map(\.term.count).max() ?? 0, 26)
    return rows.map { term, meaning in
        let lines = wrapped(meaning, width: 80 - column - 4).split(separator: "\n", omittingEmptySubsequences: false)
        let rest = lines.dropFirst().map { String(repeating: " ", count: column + 4) + $0 }
        let padded = term + String(repeating: " ", count: max(column - term.count, 0))
        let first =
            term.count > column
            ? "  \(term)\n\(String(repeating: " ", count: column + 4))\(lines[0])" : "  \(padded)  \(lines[0])"
        return ([first] + rest).joined(separator: "\n")
    }.joined(separator: "\n")
}

/// `text` with its lines broken between words at `width` columns.
package func wrapped(_ text: String, width: Int = 80) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        var lines: [String] = []
        var current = ""
        for word in line.split(separator: " ") {
            if !current.isEmpty && current.count + 1 + word.count > width {
                lines.append(current)
                current = ""
            }
            current += current.isEmpty ? String(word) : " \(word)"
        }
        return (lines + [current]).joined(separator: "\n")
    }.joined(separator: "\n")
}
