// What can be wrong with a command line.

import Configuration

/// A command line that cannot be followed.
package enum UsageError: Error, Equatable, CustomStringConvertible {
    /// No such command.
    case unknownCommand(String, nearest: String?)
    /// The first word of a command without the second: `diptych data`.
    case incompleteCommand(String, subcommands: [String])
    /// No such option of `command`.
    case unknownOption(String, command: String, nearest: String?)
    /// An option without its value.
    case missingValue(option: String, placeholder: String, command: String)
    /// A value after a flag: `--json=yes`.
    case unexpectedValue(option: String, command: String)
    /// A value that the option or operand does not take.
    case invalidValue(argument: String, reason: String, command: String)
    /// An option or operand that the command cannot do without.
    case missing(argument: String, command: String)
    /// A value that the environment variable does not take.
    case invalidVariable(String, reason: String)
    /// One argument too many; `hint` tells what would be right.
    case unexpectedArgument(String, hint: String, command: String)

    /// One line: what is wrong, what would be right, and where more is written.
    package var description: String {
        switch self {
        case .unknownCommand(let name, let nearest):
            "no command \(quotedLine(name))\(Self.hint(nearest)) (see diptych --help)"
        case .incompleteCommand(let name, let subcommands):
            "\(name) needs one of \(subcommands.joined(separator: ", ")) (see diptych \(name) --help)"
        case .unknownOption(let option, let command, let nearest):
            "no option \(quotedLine("--" + option))\(Self.hint(nearest.map { "--" + $0 })) \(Self.see(command))"
        case .missingValue(let option, let placeholder, let command):
            "--\(option) needs a value \(placeholder) \(Self.see(command))"
        case .unexpectedValue(let option, let command): "--\(option) takes no value \(Self.see(command))"
        case .invalidValue(let argument, let reason, let command): "\(argument): \(reason) \(Self.see(command))"
        case .missing(let argument, let command): "\(argument) is missing \(Self.see(command))"
        case .invalidVariable(let name, let reason): "\(name): \(reason) (see diptych --help)"
        case .unexpectedArgument(let text, let hint, let command):
            "unexpected argument \(quotedLine(text))\(hint) \(Self.see(command))"
        }
    }

    private static func hint(_ nearest: String?) -> String {
        nearest.map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func see(_ command: String) -> String {
        "(see diptych \(command) --help)"
    }
}
