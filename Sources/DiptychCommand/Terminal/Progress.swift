// How far a piece of work is, as a bar or as a line.

/// How far a piece of work is.
package struct Progress: Sendable {
    /// What is being done: `training`.
    package var title: String
    /// Steps done.
    package var done: Int
    /// Steps in all.
    package var total: Int
    /// Facts to show beside it: `("loss", "5.91")`.
    package var facts: [(name: String, value: String)]

    package init(_ title: String, done: Int, total: Int, facts: [(name: String, value: String)] = []) {
        self.title = title
        self.done = done
        self.total = total
        self.facts = facts
    }

    /// One line for a log: `training 20/200 (10%), 3 min 2 s left, loss 5.91`.
    package func line(secondsLeft: Double?) -> String {
        let percent = total > 0 ? done * 100 / total : 100
        let left = secondsLeft.map { done < total ? ["\(durationText($0)) left"] : [] } ?? []
        let parts = ["\(title) \(done)/\(total) (\(percent)%)"] + left + facts.map { "\($0.name) \($0.value)" }
        return parts.joined(separator: ", ")
    }

    /// One line for a terminal of `columns`: title, bar, count, time left and as many facts as fit.
    package func bar(columns: Int, secondsLeft: Double?) -> String {
        let width = 20
        let filled = total > 0 ? min(max(width * done / total, 0), width) : width
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        var text = "\(title) [\(bar)] \(done)/\(total)"
        var facts = facts.map { "\($0.name) \($0.value)" }
        if let secondsLeft, done < total { facts.insert("\(durationText(secondsLeft)) left", at: 0) }
        for fact in facts where text.count + 2 + fact.count <= columns { text += "  \(fact)" }
        return String(text.prefix(max(columns, 0)))
    }
}

/// The pace of the last steps.
struct StepRate {
    private var marks: [(done: Int, seconds: Double)] = []

    /// Remembers that `done` steps were done at `seconds`.
    mutating func record(done: Int, at seconds: Double) {
        if let last = marks.last, done < last.done { marks = [] }
        marks.append((done, seconds))
        if marks.count > 32 { marks.removeFirst() }
    }

    /// How long `steps` more will take, once two marks tell a pace.
    func seconds(for steps: Int) -> Double? {
        guard let first = marks.first, let last = marks.last, last.done > first.done else { return nil }
        return (last.seconds - first.seconds) / Double(last.done - first.done) * Double(steps)
    }
}

/// `41 s`, `3 min 2 s`, `5 h 7 min`, `2 d 3 h`.
package func durationText(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "ages" }
    let whole = max(Int(seconds.rounded()), 0)
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    case ..<86400: return "\(whole / 3600) h \(whole / 60 % 60) min"
    default: return "\(whole / 86400) d \(whole / 3600 % 24) h"
    }
}
