// The program as a process: where text goes, and how it ends.

import Diptych
import DiptychCommand
import Foundation
import Testing

@Suite struct ProgramTests {
    @Test func helpIsDataAndItsAbsenceIsAnError() throws {
        let help = try ProgramRun(["--help"])
        #expect(help.status == 0)
        #expect(help.output.contains("Usage: diptych COMMAND [options]"))
        #expect(help.messages.isEmpty)
        let nothing = try ProgramRun([])
        #expect(nothing.status == 2)
        #expect(nothing.output.isEmpty)
        #expect(nothing.messages.contains("Usage: diptych COMMAND [options]"))
    }

    @Test func helpNamesTheVersionAndEveryVariableThatIsRead() throws {
        let help = try ProgramRun(["--help"]).output
        #expect(help.contains("diptych --version"))
        for name in ["DEVICE", "CACHE", "KERNELS", "TRACE"] { #expect(help.contains("\n  DIPTYCH_\(name) ")) }
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let readme = try Repository.text("README.md")
        for (name, _) in ProgramEnvironment.variables where name.hasPrefix("DIPTYCH") {
            #expect(readme.contains("`\(name)`"), "\(name)")
        }
        let tune = try ProgramRun(["tune", "--help"]).output
        for operation in KernelChoice.operations { #expect(tune.contains(operation), "\(operation)") }
    }

    @Test func errorsAreOneLineWithoutColourInAFile() throws {
        let run = try ProgramRun(["no\nsuch"], environment: ["TERM": "xterm"])
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.messages == "error: no command 'no\\nsuch' (see diptych --help)\n")
    }

    @Test func aFullDiskIsAnErrorAndAReaderThatLeavesIsNone() throws {
        let full = try ProgramRun(["--version"], outputPath: "/dev/full")
        #expect(full.status == 74)
        #expect(full.messages == "error: standard output: No space left on device\n")
        let pipe = Process()
        pipe.executableURL = URL(fileURLWithPath: "/bin/sh")
        pipe.arguments = ["-c", "{ sleep 0.2; \"$0\" --help; echo $? >&2; } | true", ProgramRun.program.path]
        let status = Pipe()
        pipe.standardError = status
        try pipe.run()
        pipe.waitUntilExit()
        #expect(String(decoding: status.fileHandleForReading.availableData, as: UTF8.self) == "0\n")
    }
}
