// The commands in the order in which the help lists them.

/// The commands of the program.
package let commands: [CommandEntry] = [
    CommandEntry(TrainCommand.self), CommandEntry(EvaluateCommand.self), CommandEntry(EmbedCommand.self),
    CommandEntry(DataFetchCommand.self), CommandEntry(DataVerifyCommand.self), CommandEntry(DataPreviewCommand.self),
    CommandEntry(DevicesCommand.self), CommandEntry(CheckCommand.self), CommandEntry(BenchKernelsCommand.self),
    CommandEntry(BenchStepCommand.self), CommandEntry(BenchInfoNCECommand.self), CommandEntry(TuneCommand.self),
]

/// A command without its type: its name, and how it starts.
package struct CommandEntry: Sendable {
    /// The words after `diptych`.
    package let name: String
    /// One line for the list of commands.
    package let summary: String
    /// Reads the words after the name, then runs the command or shows its help.
    let start: @Sendable ([String], Console) throws -> ExitCode

    package init<Chosen: Command>(_ command: Chosen.Type) {
        name = Chosen.name
        summary = Chosen.summary
        start = { arguments, console in
            switch try Chosen.parse(arguments) {
            case .help: try StandardOutput.done(Chosen.help)
            case .run(let command): try command.run(on: console)
            }
        }
    }
}
