// Standard output: the data that a command was asked for, and nothing else.

import Diptych
import Glibc

/// Standard output. A failed write is an error: a full disk must not look like success.
package enum StandardOutput {
    /// A failed write, with the error number of the operating system.
    package struct WriteError: Error, Equatable, CustomStringConvertible {
        package let number: Int32

        package init(number: Int32) {
            self.number = number
        }

        /// Whether the program that reads has ended, as `head` does.
        package var readerIsGone: Bool { number == EPIPE }

        /// `standard output: No space left on device`.
        package var description: String { "standard output: \(String(cString: strerror(number)))" }
    }

    /// Writes `text` and a line break.
    package static func line(_ text: String) throws(WriteError) {
        try write(text + "\n")
    }

    /// Writes `names`, a line each, or as an array of JSON.
    static func list(_ names: some Sequence<String>, json: Bool) throws(WriteError) {
        let names = names.sorted()
        try line(json ? JSONValue.array(names.map(JSONValue.string)).line : names.joined(separator: "\n"))
    }

    /// Writes `text` as it is.
    package static func write(_ text: String) throws(WriteError) {
        let number = writeAll(text, to: STDOUT_FILENO)
        if number != 0 { throw WriteError(number: number) }
    }
}

/// Writes all of `text`; returns 0 or the error number.
func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}
