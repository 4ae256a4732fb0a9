// A console whose output is kept, with a clock that stands still until it is moved.

import DiptychCommand
import Synchronization

final class Screen: Sendable {
    private let shown = Mutex("")
    private let seconds = Mutex(0.0)

    var text: String { shown.withLock { $0 } }

    func console(_ style: TerminalStyle = TerminalStyle(isTerminal: false, environment: [:])) -> Console {
        Console(style: style, clock: { self.seconds.withLock { $0 } }) { text in
            self.shown.withLock { $0 += text }
        }
    }

    func wait(_ duration: Double) {
        seconds.withLock { $0 += duration }
    }
}
