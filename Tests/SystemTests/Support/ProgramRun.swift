// Running the built program as a person does: words in, standard output, standard error and an exit status out.

import Foundation

/// One run of the program `diptych` that lies beside the tests.
struct ProgramRun {
    /// The exit status, or nil where a signal ended the program.
    let status: Int32?
    /// What came on standard output, where it went to no other file.
    let output: String
    /// What came on standard error.
    let messages: String

    /// Runs the program with `arguments` until it ends. Standard output goes to `outputPath` where one is given.
    init(
        _ arguments: [String], environment: [String: String] = [:], outputPath: String? = nil
    ) throws {
        self = try StartedProgram(arguments, environment: environment, outputPath: outputPath).end()
    }

    init(status: Int32?, output: String, messages: String) {
        (self.status, self.output, self.messages) = (status, output, messages)
    }

    /// The JSON on standard output.
    func json() throws -> Any {
        try JSONSerialization.jsonObject(with: Data(output.utf8))
    }

    /// The lines on standard error that tell an error.
    var errors: [String] {
        messages.split(separator: "\n").filter { $0.hasPrefix("error: ") }.map(String.init)
    }

    /// The program, in the folder that holds the bundle of the tests.
    static var program: URL {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        while folder.pathComponents.count > 1 {
            folder.deleteLastPathComponent()
            let program = folder.appending(path: "diptych")
            if FileManager.default.isExecutableFile(atPath: program.path) { return program }
        }
        return URL(fileURLWithPath: "diptych")
    }
}

/// A program that may still run.
final class StartedProgram {
    private let process = Process()
    private let folder = TemporaryFolder()
    private let output: URL
    private let messages: URL
    private let keepsOutput: Bool

    /// Starts `program` with `arguments`; kernels are compiled once for all tests.
    init(
        _ arguments: [String], of program: URL = ProgramRun.program, environment: [String: String] = [:],
        outputPath: String? = nil
    ) throws {
        keepsOutput = outputPath == nil
        output = outputPath.map { URL(fileURLWithPath: $0) } ?? folder.url.appending(path: "output")
        messages = folder.url.appending(path: "messages")
        if keepsOutput { try Data().write(to: output) }
        try Data().write(to: messages)
        process.executableURL = program
        process.arguments = arguments
        process.environment = ["DIPTYCH_CACHE": Repository.kernelCache].merging(ProcessInfo.processInfo.environment) {
            $1
        }.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
    }

    /// Whether it has not ended.
    var isRunning: Bool { process.isRunning }

    /// Sends it a signal.
    func send(_ signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// What has come on standard error so far.
    func messagesSoFar() throws -> String {
        try String(contentsOf: messages, encoding: .utf8)
    }

    /// Waits until it ends; after `seconds` it is killed.
    func end(within seconds: Double = .infinity) throws -> ProgramRun {
        let deadline = Date() + seconds
        while seconds < .infinity, process.isRunning {
            if Date() > deadline { kill(process.processIdentifier, SIGKILL) }
            usleep(1000)
        }
        process.waitUntilExit()
        return ProgramRun(
            status: process.terminationReason == .exit ? process.terminationStatus : nil,
            output: keepsOutput ? try String(contentsOf: output, encoding: .utf8) : "",
            messages: try String(contentsOf: messages, encoding: .utf8))
    }
}
