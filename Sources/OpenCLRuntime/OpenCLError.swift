// Everything that can go wrong between us and an OpenCL driver, as facts; rendered once, in one line.

/// A failure of OpenCL, of the choice of a device, or of the cache folder.
package enum OpenCLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The driver refused a call; `intent` says what we wanted from it.
    case callFailed(call: String, status: Int32, intent: String)
    /// The compiler of `device` refused the text of a program; `log` is its whole answer.
    case buildFailed(program: String, device: String, options: String, log: String)
    /// Nothing fits the request; `available` names every device there is.
    case noDevice(requested: String, available: [String])
    /// Several devices fit a part of a name.
    case ambiguousDevice(requested: String, matches: [String])
    /// The device was asked for and exists, and cannot be used.
    case unusableDevice(device: String, reason: String)
    /// The device offers no single buffer of this size.
    case bufferTooLarge(label: String, byteCount: Int, limit: Int)
    /// The cache folder cannot be used, without which drivers fail in odd ways.
    case cacheNotWritable(path: String, reason: String)

    /// One line: what failed, on what, why.
    package var description: String {
        switch self {
        case .callFailed(let call, let status, let intent):
            "\(call) failed with \(statusName(status)) (\(status)) during \(intent)"
        case .buildFailed(let program, let device, let options, let log):
            "program \(program) does not build on \(device)\(withOptions(options)): \(summary(ofLog: log))"
        case .noDevice(let requested, let available):
            "no OpenCL device fits '\(requested)': \(existing(available))"
        case .ambiguousDevice(let requested, let matches):
            "'\(requested)' fits several OpenCL devices: \(matches.joined(separator: "; ")); give an index"
        case .unusableDevice(let device, let reason):
            "OpenCL device \(device) cannot be used: \(reason)"
        case .bufferTooLarge(let label, let byteCount, let limit):
            "buffer '\(label)' needs \(byteCount) bytes, and the device allows \(limit) in one: use a smaller batch"
        case .cacheNotWritable(let path, let reason):
            "cannot use the cache folder \(path): \(reason); set DIPTYCH_CACHE to a writable folder"
        }
    }

    /// The compiler's whole answer to a failed build, over many lines.
    package var buildLog: String? {
        guard case .buildFailed(_, _, _, let log) = self else { return nil }
        return log
    }
}

private func withOptions(_ options: String) -> String {
    options.isEmpty ? "" : " with '\(options)'"
}

/// The lines of a build log that name errors, or else its first line.
private func summary(ofLog log: String) -> String {
    let lines = log.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty }
    let errors = lines.filter { $0.contains("error:") }
    let shown = errors.isEmpty ? lines.prefix(1) : errors.prefix(3)
    return shown.isEmpty ? "the compiler gave no log" : shown.joined(separator: " | ")
}

private func trimmed(_ line: Substring) -> String {
    String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
}

private func existing(_ devices: [String]) -> String {
    devices.isEmpty
        ? "there is none; `reference` needs none"
        : "choose one by its index, \(devices.joined(separator: ", ")), or `reference`, which needs no OpenCL"
}
