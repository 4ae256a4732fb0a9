// A file open for writing: one descriptor, every short write and failed flush an error.

import Glibc

/// A file open for writing under a name of its own; bytes are gathered and written in large pieces.
package struct OutputFile: ~Copyable {
    private let descriptor: Int32
    private let reportedName: String
    private var pending: [UInt8] = []
    private static let pieceSize = 1 << 20

    /// Opens `path`, which must be new unless it is `existing`; errors name `reportedName`, the file that the user knows.
    package init(
        _ path: String, reportedAs reportedName: String, existing: Bool = false
    ) throws(TensorFileError) {
        let flags = O_WRONLY | O_CLOEXEC | (existing ? 0 : O_CREAT | O_EXCL)
        descriptor = retrying { open(path, flags, 0o666) }
        self.reportedName = reportedName
        if descriptor < 0 { throw .writing(reportedName, code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends `bytes`.
    package mutating func write(_ bytes: some Collection<UInt8>) throws(TensorFileError) {
        pending += bytes
        if pending.count >= Self.pieceSize { try flush() }
    }

    /// Hands everything gathered to the system, and waits until the device has it.
    package mutating func synchronize() throws(TensorFileError) {
        try flush()
        if retrying({ fsync(descriptor) }) != 0 { throw failure(errno) }
    }

    private mutating func flush() throws(TensorFileError) {
        if let code = writeAll(pending, to: descriptor).failure { throw failure(code) }
        pending.removeAll(keepingCapacity: true)
    }

    private func failure(_ code: Int32) -> TensorFileError {
        .writeFailed(file: reportedName, reason: TensorFileError.reason(code))
    }
}

/// Repeats a system call that a signal interrupted.
package func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Writes `bytes` where `descriptor` stands, however many calls that takes: how many went, and the system's code where
/// not all did.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> (count: Int, failure: Int32?) {
    var offset = 0
    while offset < bytes.count {
        let written = bytes.withUnsafeBytes { buffer in
            retrying { write(descriptor, buffer.baseAddress! + offset, buffer.count - offset) }
        }
        if written <= 0 { return (offset, written < 0 ? errno : ENOSPC) }
        offset += written
    }
    return (offset, nil)
}
