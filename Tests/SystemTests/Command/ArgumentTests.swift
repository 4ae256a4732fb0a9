// The argument parser, its errors, and the help.

import Configuration
import DiptychCommand
import TensorFiles
import Testing
import Training

/// A command with every kind of argument.
private struct SampleCommand: Command {
    var path = ""
    var count = 3
    var name: String?
    var loud = false
    var overrides: [String] = []

    static let name = "sample run"
    static let summary = "Try the parser"
    static let discussion = ""
    static let options: [Option<Self>] = [
        .required("name", "TEXT", \.name, .optional(.text("a text")), "a name"),
        .value("count", "N", \.count, .integer(1...9), "how many"),
        .flag("loud", \.loud, "as flag"),
        .override("batch", "N", \.overrides, key: "data.batch"),
    ]
    static let operands: [Operand<Self>] = [.required("PATH", \.path, .text("a path"), "a file")]
    static let overrides: OverridePlace<Self>? = .init(place: \.overrides)
    static let examples = [Example("diptych sample run a --name b", "the least")]

    func run(on console: Console) throws -> ExitCode {
        console.log("ran \(path)")
        return .done
    }
}

@Suite struct ArgumentTests {
    private func parsed(_ words: String...) throws -> SampleCommand? {
        guard case .run(let command) = try SampleCommand.parse(words) else { return nil }
        return command
    }

    private func failure(_ words: String...) -> String {
        do throws(UsageError) {
            return "no error: \(try SampleCommand.parse(words))"
        } catch {
            return error.description
        }
    }

    @Test func valuesStandBehindASpaceOrAnEqualsSign() throws {
        let command = try #require(
            try parsed("a.png", "--name=b=c", "--count", "7", "--loud", "seed=4", "--batch", "64"))
        #expect(command.path == "a.png")
        #expect(command.name == "b=c")
        #expect(command.count == 7)
        #expect(command.loud)
        #expect(command.overrides == ["seed=4", "data.batch=64"])
        #expect(try parsed("--name", "-5", "x")?.name == "-5")
        #expect(try parsed("--name", "b", "--", "--odd")?.path == "--odd")
        #expect(try parsed("--name", "b", "x", "--count", "1", "--count", "2")?.count == 2)
    }

    @Test func errorsSayWhatWouldBeRight() {
        let see = " (see diptych sample run --help)"
        #expect(failure("x", "--nam", "b") == "no option '--nam'; did you mean '--name'?" + see)
        #expect(failure("x", "--zzzzzz") == "no option '--zzzzzz'" + see)
        #expect(failure("x", "--name") == "--name needs a value TEXT" + see)
        #expect(failure("x", "--name", "--loud") == "--name needs a value TEXT" + see)
        #expect(failure("x", "--loud=yes") == "--loud takes no value" + see)
        #expect(failure("x", "--count", "ten") == "--count: 'ten' is not a whole number from 1 to 9" + see)
        #expect(failure("--name", "b") == "PATH is missing" + see)
        #expect(failure("x") == "--name TEXT is missing" + see)
        #expect(failure("x", "y") == "unexpected argument 'y'; an override is key=value" + see)
        #expect(failure("x", "-v").hasPrefix("unexpected argument '-v'; options are written --name"))
    }

    @Test func helpShowsEverything() {
        #expect(
            SampleCommand.help == """
                Try the parser

                Usage: diptych sample run PATH --name TEXT [options] [key=value ...]

                Arguments:
                  PATH  a file

                Options:
                  --name TEXT  a name (required)
                  --count N    how many (default: 3)
                  --loud       as flag
                  --batch N    pairs in one step, as data.batch=N (default: 482)
                  --help       this text

                Examples:
                  # the least
                  diptych sample run a --name b

                """)
        guard case .help? = try? SampleCommand.parse(["x", "--help"]) else {
            Issue.record("--help does not ask for help")
            return
        }
    }

    @Test func programEndsWithTheRightStatus() {
        let screen = Screen()
        let program = Program(commands: [CommandEntry(SampleCommand.self)], console: screen.console())
        #expect(program.run(["sample", "run", "x", "--name", "b"]) == .done)
        #expect(program.run(["sample", "run", "x"]) == .usage)
        #expect(program.run(["sampel"]) == .usage)
        #expect(program.run(["sample"]) == .usage)
        #expect(program.run(["sample", "rnu"]) == .usage)
        #expect(program.run([]) == .usage)
        let lines = screen.text.split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(5) == [
                "ran x",
                "error: --name TEXT is missing (see diptych sample run --help)",
                "error: no command 'sampel'; did you mean 'sample'? (see diptych --help)",
                "error: sample needs one of run (see diptych sample --help)",
                "error: no command 'sample rnu'; did you mean 'sample run'? (see diptych --help)",
            ])
        #expect(lines.contains("  sample run  Try the parser"))
    }

    @Test func errorsMapToStatuses() {
        #expect(ExitCode(for: UsageError.missing(argument: "PATH", command: "x")) == .usage)
        #expect(ExitCode(for: ConfigurationError.unreadable(file: "a", reason: "b")) == .badInput)
        #expect(ExitCode(for: ConfigurationError.notAnOverride("a")) == .usage)
        #expect(ExitCode(for: StandardOutput.WriteError(number: 28)) == .inputOutput)
        #expect(ExitCode(for: TensorFileError.malformed(file: "a", reason: "b")) == .badInput)
        #expect(ExitCode(for: TrainingError.file(.cannotCreate(file: "a", reason: "b"))) == .cannotCreate)
        #expect(ExitCode(for: TrainingError.file(.writeFailed(file: "a", reason: "b"))) == .inputOutput)
        #expect(ExitCode(for: TrainingError.notFinite(step: 1, term: "a", value: .nan)) == .failed)
        #expect(ExitCode(for: CancellationError()) == .failed)
    }

    @Test func everyCommandParsesItsExamples() {
        checkExamples(TrainCommand.self)
        checkExamples(EvaluateCommand.self)
        checkExamples(EmbedCommand.self)
        checkExamples(DevicesCommand.self)
        checkExamples(CheckCommand.self)
        checkExamples(BenchKernelsCommand.self)
        checkExamples(BenchStepCommand.self)
        checkExamples(BenchInfoNCECommand.self)
        checkExamples(TuneCommand.self)
        checkExamples(DataPreviewCommand.self)
        checkExamples(DataVerifyCommand.self)
        checkExamples(DataFetchCommand.self)
    }

    private func checkExamples<Checked: CommandInterface>(_ command: Checked.Type) {
        #expect(Set(command.options.map(\.name)).count == command.options.count)
        #expect(!command.examples.isEmpty)
        for example in command.examples {
            let words = example.line.split(separator: " ").map(String.init)
            let start = words.firstIndex(of: "diptych").map { $0 + 1 } ?? 0
            let name = command.name.split(separator: " ").map(String.init)
            #expect(Array(words[start...].prefix(name.count)) == name, "\(example.line)")
            #expect(throws: Never.self) { try command.parse(Array(words[(start + name.count)...])) }
        }
        let lines = command.help.split(separator: "\n").filter { !$0.hasPrefix("  diptych") }
        #expect(lines.allSatisfy { $0.count <= 88 }, "the help of \(command.name) is too wide")
    }

    @Test func trainTurnsItsOptionsIntoOverrides() throws {
        guard case .run(let command) = try TrainCommand.parse(["--epochs", "2", "--resume=auto", "--data", "glyphs"])
        else { return }
        #expect(command.resume == .auto)
        let configuration = try TrainingConfiguration(file: command.configuration, overrides: command.overrides)
        #expect(configuration.training.epochs == 2)
        #expect(configuration.data.source == "glyphs")
    }
}
