// Standard error: messages, and one line of progress below them.

import Dispatch
import Glibc
import Synchronization

/// Where a command speaks to a person. Messages scroll by above the progress bar; without a terminal, progress is a
/// plain line every few seconds.
package final class Console: Sendable {
    private struct State {
        var barIsShown = false
        var lastShown: Double?
        var rate = StepRate()
    }

    private let style: TerminalStyle
    private let write: @Sendable (String) -> Void
    private let clock: @Sendable () -> Double
    private let state = Mutex(State())

    /// Seconds between two drawings of the bar, and between two lines of progress without a terminal.
    private var interval: Double { style.isInteractive ? 0.1 : 5 }

    /// The console on standard error.
    package static let standardError = Console(style: .standardError) { text in
        // Nobody can be told that messages cannot be shown.
        _ = writeAll(text, to: STDERR_FILENO)
    }

    /// Makes a console that shows text through `write`; `clock` counts seconds.
    package init(
        style: TerminalStyle, clock: @escaping @Sendable () -> Double = monotonicSeconds,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.style = style
        self.clock = clock
        self.write = write
    }

    /// Shows a message.
    package func log(_ message: String) {
        state.withLock { state in
            write(clearing(&state) + message + "\n")
        }
    }

    /// Shows a message that deserves a look.
    package func warning(_ message: String) {
        log(style.painted("warning:", .yellow) + " " + message)
    }

    /// Shows why the program ends.
    package func error(_ message: String) {
        log(style.painted("error:", .red) + " " + message)
    }

    /// Shows how far the work is; draws only when it is time, or when the work is done.
    package func progress(_ progress: Progress) {
        state.withLock { state in
            let now = clock()
            state.rate.record(done: progress.done, at: now)
            let isLast = progress.done >= progress.total
            guard isLast || now - (state.lastShown ?? -.infinity) >= interval else { return }
            state.lastShown = now
            let secondsLeft = state.rate.seconds(for: progress.total - progress.done)
            if style.isInteractive {
                write("\r" + progress.bar(columns: style.columns - 1, secondsLeft: secondsLeft) + "\u{1B}[K")
                state.barIsShown = true
            } else {
                write(progress.line(secondsLeft: secondsLeft) + "\n")
            }
        }
    }

    /// Ends the progress of one piece of work: what was drawn stays, the next work starts anew.
    package func endProgress() {
        state.withLock { state in
            if state.barIsShown { write("\n") }
            state = State()
        }
    }

    private func clearing(_ state: inout State) -> String {
        guard state.barIsShown else { return "" }
        state.barIsShown = false
        state.lastShown = nil
        return "\r\u{1B}[K"
    }
}

/// Seconds of a clock that never goes back.
package func monotonicSeconds() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
}
