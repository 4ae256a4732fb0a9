// environment.json: on what, with what and from what a run was made, and each time that it went on.

import FoundationEssentials
public import TensorCore
import TensorFiles

/// The circumstances of a run that its configuration does not tell.
public struct RunEnvironment: Hashable, Sendable {
    /// The name of the device.
    public var device: String
    /// The driver of the device, with its version.
    public var driver: String
    /// The backend: `opencl` or `reference`.
    public var backend: String
    /// To what it rounds the factors of products.
    public var precision: Precision
    /// The compiler that built the program.
    public var toolchain: String
    /// The version of the program.
    public var version: String
    /// The commit of the program's source, where it is known.
    public var commit: String?
    /// The seed of the run.
    public var seed: UInt64
    /// The command line.
    public var arguments: [String]
    /// The files or drawings trained on, with their SHA-256.
    public var data: [Checksum]
    /// The files that should be images and cannot be read, which were left out.
    public var skipped: [String]
    /// The file of weights that the run began from, where it did not begin from its seed.
    public var initialWeights: Checksum?

    /// A named part of the data.
    public struct Checksum: Hashable, Sendable {
        /// The file, or the name of the part.
        public let name: String
        /// The SHA-256 in hexadecimal digits.
        public let sha256: String

        /// Makes a checksum.
        public init(name: String, sha256: String) {
            (self.name, self.sha256) = (name, sha256)
        }

        var json: JSONValue { ["name": .string(name), "sha256": .string(sha256)] }
    }

    /// Makes the environment of a run.
    public init(
        device: String, driver: String, backend: String, precision: Precision = .float32, toolchain: String,
        version: String, commit: String?, seed: UInt64, arguments: [String], data: [Checksum],
        skipped: [String] = [], initialWeights: Checksum? = nil
    ) {
        (self.device, self.driver, self.backend, self.precision) = (device, driver, backend, precision)
        (self.toolchain, self.version, self.commit) = (toolchain, version, commit)
        (self.seed, self.arguments, self.data) = (seed, arguments, data)
        (self.skipped, self.initialWeights) = (skipped, initialWeights)
    }

    /// The environment as it stands in environment.json.
    public var json: JSONValue {
        [
            "device": .string(device), "driver": .string(driver), "backend": .string(backend),
            "precision": .string(precision.rawValue), "toolchain": .string(toolchain), "version": .string(version),
            "commit": commit.map(JSONValue.string) ?? nil,
            "seed": .unsigned(seed), "arguments": .array(arguments.map(JSONValue.string)),
            "data": .array(data.map(\.json)), "skipped": .array(skipped.map(JSONValue.string)),
            "initialWeights": initialWeights?.json ?? nil,
        ]
    }
}

extension RunFolder {
    /// The file of weights that the run began from, as environment.json records it; `nil` for one that began from its
    /// seed.
    public func initialWeights() throws(TrainingError) -> RunEnvironment.Checksum? {
        let recorded = try environmentRecord().member("initialWeights")
        guard case .string(let name) = recorded?.member("name"), case .string(let sha256) = recorded?.member("sha256")
        else { return nil }
        return .init(name: name, sha256: sha256)
    }

    /// Adds to environment.json, under `resumed`, that the run went on after `step` in `environment`.
    func append(_ environment: RunEnvironment, goingOnAfter step: Int) throws(TrainingError) {
        let record = try environmentRecord()
        let entry = environment.json.setting("step", to: .integer(step))
        var entries: [JSONValue] = []
        if case .array(let earlier) = record.member("resumed") { entries = earlier }
        let text = record.setting("resumed", to: .array(entries + [entry])).lines
        try filing { () throws(TensorFileError) in try DurableFile.write(Array(text.utf8), to: environmentPath) }
    }

    private func environmentRecord() throws(TrainingError) -> JSONValue {
        try filing { () throws(TensorFileError) in
            let file = try InputFile(environmentPath)
            let bytes = Data(try file.read(file.byteCount))
            guard let record = try? JSONDecoder().decode(JSONValue.self, from: bytes), case .object = record else {
                throw .malformed(file: environmentPath, reason: "it is no JSON object")
            }
            return record
        }
    }
}
