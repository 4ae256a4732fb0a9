// The program: which command a command line means, its help, and how it ends.

import Configuration

/// The commands, and the way from a command line to an exit status.
package struct Program: Sendable {
    /// The version, as `diptych --version` prints it.
    package static let version = "0.1.0"

    /// The compiler that built the program.
    package static var toolchain: String {
        #if compiler(>=6.4)
            "Swift 6.4 or later"
        #else
            "Swift 6.3"
        #endif
    }

    private let commands: [CommandEntry]
    private let console: Console

    package init(commands: [CommandEntry], console: Console) {
        self.commands = commands
        self.console = console
    }

    /// Runs the command that `arguments` (without the program's name) ask for. Errors end here, in one line each.
    package func run(_ arguments: [String]) -> ExitCode {
        do {
            return try dispatch(arguments)
        } catch {
            console.endProgress()
            let code = ExitCode(for: error)
            if code != .done { console.error("\(error)") }
            return code
        }
    }

    private func dispatch(_ arguments: [String]) throws -> ExitCode {
        var words = arguments[...]
        switch words.first {
        case nil:
            console.log(help)
            return .usage
        case "--help", "-h": return try StandardOutput.done(help)
        case "--version": return try StandardOutput.done("diptych \(Self.version)\n")
        case "help":
            words.removeFirst()
            words.append("--help")
            if words.count == 1 { return try StandardOutput.done(help) }
        default: break
        }
        let name = words.removeFirst()
        if let command = commands.first(where: { $0.name == name }) {
            return try command.start(Array(words), console)
        }
        let group = commands.filter { $0.name.hasPrefix(name + " ") }
        let known = group.isEmpty ? commands.map(\.name) : group.map { String($0.name.dropFirst(name.count + 1)) }
        guard !group.isEmpty else {
            throw UsageError.unknownCommand(name, nearest: nearest(to: name, among: known + heads))
        }
        guard let second = words.popFirst() else { throw UsageError.incompleteCommand(name, subcommands: known) }
        if second == "--help" || second == "-h" { return try StandardOutput.done(overview(group)) }
        guard let command = group.first(where: { $0.name == "\(name) \(second)" }) else {
            let hint = nearest(to: second, among: known).map { "\(name) \($0)" }
            throw UsageError.unknownCommand("\(name) \(second)", nearest: hint)
        }
        return try command.start(Array(words), console)
    }

    /// The first words of commands that have two.
    private var heads: [String] {
        commands.map(\.name).filter { $0.contains(" ") }.map { String($0.prefix { $0 != " " }) }
    }

    /// The help of the program.
    package var help: String {
        """
        Self-supervised representations from two views, trained on OpenCL devices.

        Usage: diptych COMMAND [options]
               diptych --version

        \(overview(commands))
        Environment:
        \(definitions(ProgramEnvironment.variables.map { ($0.name, $0.meaning) }))

        Exit status: 0 done, 1 failed, 2 usage, 65 bad input file, 69 no such device,
        73 cannot create, 74 I/O error, 75 interrupted but saved.

        """
    }

    private func overview(_ entries: [CommandEntry]) -> String {
        """
        Commands:
        \(definitions(entries.map { ($0.name, $0.summary) }))

        Options, arguments and examples of one: diptych COMMAND --help

        """
    }
}

extension StandardOutput {
    /// Writes `text`, which is all that was asked for.
    static func done(_ text: String) throws(WriteError) -> ExitCode {
        try write(text)
        return .done
    }
}
