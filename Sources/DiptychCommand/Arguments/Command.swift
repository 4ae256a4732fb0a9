// A command of the program: what it is called, what it takes, and what it does.

/// What a command takes and what its help says; parsed values are stored in an instance.
package protocol CommandInterface: Sendable {
    /// The words after `diptych`: `train`, `data fetch`.
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// What one should know beyond the options.
    static var discussion: String { get }
    /// Whole command lines, each with what it does.
    static var examples: [Example] { get }
    /// The options.
    static var options: [Option<Self>] { get }
    /// The arguments without a name, in order.
    static var operands: [Operand<Self>] { get }
    /// Where `key=value` arguments go, in a command that takes overrides of the configuration.
    static var overrides: OverridePlace<Self>? { get }

    /// The command with every option at its default.
    init()
}

/// A command that can run.
package protocol Command: CommandInterface {
    /// Does the work; data goes to standard output, everything else to `console`.
    func run(on console: Console) throws -> ExitCode
}

/// One command line shown in the help.
package struct Example: Sendable {
    package let line: String
    package let meaning: String

    package init(_ line: String, _ meaning: String) {
        self.line = line
        self.meaning = meaning
    }
}

extension CommandInterface {
    package static var operands: [Operand<Self>] { [] }
    package static var overrides: OverridePlace<Self>? { nil }
}
