// environment.json: on what, with what and from what a run was made.

/// The circumstances of a run that its configuration does not tell.
public struct RunEnvironment: Hashable, Sendable {
    /// The name of the device.
    public var device: String
    /// The driver of the device, with its version.
    public var driver: String
    /// The backend: `opencl` or `reference`.
    public var backend: String
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
    }

    /// Makes the environment of a run.
    public init(
        device: String, driver: String, backend: String, toolchain: String, version: String, commit: String?,
        seed: UInt64, arguments: [String], data: [Checksum]
    ) {
        (self.device, self.driver, self.backend) = (device, driver, backend)
        (self.toolchain, self.version, self.commit) = (toolchain, version, commit)
        (self.seed, self.arguments, self.data) = (seed, arguments, data)
    }

    /// The environment as it stands in environment.json.
    public var json: JSONValue {
        [
            "device": .string(device), "driver": .string(driver), "backend": .string(backend),
            "toolchain": .string(toolchain), "version": .string(version), "commit": commit.map(JSONValue.string) ?? nil,
            "seed": .unsigned(seed), "arguments": .array(arguments.map(JSONValue.string)),
            "data": .array(data.map { ["name": .string($0.name), "sha256": .string($0.sha256)] }),
        ]
    }
}
