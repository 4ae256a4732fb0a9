// What the terminal can show: a bar that moves, colours, and how many columns.

import FoundationEssentials
import Glibc

/// The abilities of the terminal behind standard error.
package struct TerminalStyle: Sendable {
    /// Whether a line may be drawn over.
    package let isInteractive: Bool
    /// Whether text may have colours.
    package let hasColour: Bool
    /// Columns; nil asks the terminal anew each time, for windows change their size.
    private let fixedColumns: Int?

    /// Makes a style. `NO_COLOR` (set and not empty) takes the colours, `TERM=dumb` those and the bar.
    package init(isTerminal: Bool, environment: [String: String], columns: Int? = nil) {
        isInteractive = isTerminal && environment["TERM"] != "dumb"
        hasColour = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
        fixedColumns = columns
    }

    /// The style of standard error.
    package static var standardError: TerminalStyle {
        TerminalStyle(isTerminal: isatty(STDERR_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
    }

    /// Columns of the terminal, 80 where it does not tell.
    package var columns: Int {
        if let fixedColumns { return fixedColumns }
        var size = winsize()
        let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return known ? Int(size.ws_col) : 80
    }

    /// `text` in `colour`, where there are colours.
    package func painted(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The colours in use, by their ANSI number.
    package enum Colour: Int, Sendable {
        case red = 31
        case green = 32
        case yellow = 33
    }
}
