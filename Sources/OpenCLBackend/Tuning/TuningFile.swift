// The tuning table on disk: one JSON file for each device, driver and set of kernels.

import FoundationEssentials
import Glibc
import OpenCLRuntime
import TensorCore

/// What `diptych tune` has measured: which kernel serves a node best, by the node's key
/// (`convolution [964, 28, 28, 128] [3, 3, 128, 128] -> [964, 28, 28, 128], stride 1, padding 1`).
public typealias TuningTable = [String: KernelChoice]

/// A file that holds the tuning table of one device with one driver and one set of kernel texts and build flags.
struct TuningFile: Sendable {
    /// Where it lies: `<cache>/tuning/<fingerprint>.json`.
    let path: String
    /// What the table depends on besides the nodes, as 16 hexadecimal digits.
    let fingerprint: String
    private let device: DeviceFacts

    /// The file for `device` and the texts of `library` in the cache folder `cacheFolder`.
    init(in cacheFolder: String, for device: DeviceFacts, _ library: KernelLibrary) {
        self.device = device
        fingerprint = Self.fingerprint(of: device, library)
        path = "\(cacheFolder)/tuning/\(fingerprint).json"
    }

    /// What the choices of kernels, and the last bits of what they compute, depend on.
    private static func fingerprint(of device: DeviceFacts, _ library: KernelLibrary) -> String {
        let facts = [
            device.platformName, device.platformVersion, device.name, device.vendor, device.driverVersion,
            device.openCLVersion, String(device.computeUnits), DeviceSession.buildOptions,
        ]
        let texts = KernelLibrary.names.flatMap { [$0, library.text(named: $0) ?? ""] }
        // Each part with its length, so that nothing can move from one into the next.
        let parts = (facts + texts).map { "\($0.utf8.count) \($0)\n" }.joined()
        return String(SHA256.hash(parts).description.prefix(16))
    }

    /// What a file holds.
    private struct Content: Codable {
        var format = Self.currentFormat
        var fingerprint: String
        var device: String
        var platform: String
        var driver: String
        var kernels: [String: String]

        static let currentFormat = "diptych tuning 1"
    }

    /// The table, and what is wrong with the file where something is: an entry that names no kernel of ours is left out,
    /// and a file that is damaged, or another device's, counts as empty.
    func load() -> (table: TuningTable, problem: String?) {
        var status = stat()
        guard stat(path, &status) == 0 else { return ([:], nil) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.mostBytes,
            let bytes = FileManager.default.contents(atPath: path)
        else { return ([:], ignored("it cannot be read")) }
        guard let content = try? JSONDecoder().decode(Content.self, from: bytes),
            content.format == Content.currentFormat
        else { return ([:], ignored("it is damaged")) }
        guard content.fingerprint == fingerprint else {
            return ([:], ignored("it was made for another device, driver or set of kernels"))
        }
        let table = content.kernels.compactMapWithKeys { key, text in
            KernelChoice(text, for: String(key.prefix { $0 != " " }))
        }
        let unknown = content.kernels.count - table.count
        return (table, unknown == 0 ? nil : "\(path): \(unknown) of its choices name no kernel and are ignored")
    }

    /// Puts `table` in place in one step.
    ///
    /// - Throws: `cacheNotWritable`; the file that was there is whole then.
    func store(_ table: TuningTable) throws(OpenCLError) {
        let folder = CacheFolder(path: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        try folder.makeWritable()
        let content = Content(
            fingerprint: fingerprint, device: device.name, platform: device.platformName, driver: device.driverVersion,
            kernels: table.mapValues(\.description))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try (encoder.encode(content) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .cacheNotWritable(path: path, reason: Self.reason(error))
        }
    }

    /// Why a file could not be written, as the operating system words it where it does.
    private static func reason(_ error: any Error) -> String {
        let cause = (error as? CocoaError)?.underlying as? POSIXError
        return cause.map { String(cString: strerror($0.code.rawValue)) } ?? "it cannot be written"
    }

    private func ignored(_ reason: String) -> String {
        "\(path) is ignored: \(reason); `diptych tune` makes a new one"
    }

    /// More than any table needs.
    private static let mostBytes = 16 << 20
}

extension Dictionary {
    /// The values that `transform` makes of each entry, without those for which it makes none.
    fileprivate func compactMapWithKeys<New>(_ transform: (Key, Value) -> New?) -> [Key: New] {
        reduce(into: [:]) { result, entry in result[entry.key] = transform(entry.key, entry.value) }
    }
}
