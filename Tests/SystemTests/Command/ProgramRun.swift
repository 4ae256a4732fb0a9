// Running the built program as a person does: words in, standard output, standard error and an exit status out.

import Foundation

/// One run of the program `diptych` that lies beside the tests.
struct ProgramRun {
    let status: Int32
    let output: String
    let messages: String

    /// Runs the program with `arguments`. Standard output goes to `outputPath` where one is given.
    init(
        _ arguments: [String], environment: [String: String] = [:], outputPath: String? = nil
    ) throws {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let folder = FileManager.default.temporaryDirectory.appending(path: "diptych-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = outputPath.map { URL(fileURLWithPath: $0) } ?? folder.appending(path: "output")
        let messages = folder.appending(path: "messages")
        if outputPath == nil { try Data().write(to: output) }
        try Data().write(to: messages)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        process.waitUntilExit()
        status = process.terminationStatus
        self.output = outputPath == nil ? try String(contentsOf: output, encoding: .utf8) : ""
        self.messages = try String(contentsOf: messages, encoding: .utf8)
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
