// A file that grows at its end, by whole records: what cannot be written whole is taken back.

import Glibc
package import TensorFiles

/// A file open for appending. One process at a time has it open.
package final class AppendedFile {
    private let descriptor: Int32
    private let path: String
    /// The size in bytes.
    package private(set) var byteCount = 0

    /// Opens or creates `path`.
    package init(_ path: String) throws(TensorFileError) {
        self.path = path
        descriptor = retrying { open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
        if descriptor < 0 { throw .writing(path, code: errno) }
        if retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 {
            let reason = errno == EWOULDBLOCK ? "another process writes this run" : TensorFileError.reason(errno)
            throw .cannotCreate(file: path, reason: reason)
        }
        byteCount = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends `bytes` and hands them to the system. Where that fails, the file is as long as before.
    package func append(_ bytes: [UInt8]) throws(TensorFileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retrying { write(descriptor, buffer.baseAddress! + written, buffer.count - written) }
            }
            guard count > 0 else {
                let code = count < 0 ? errno : ENOSPC
                ftruncate(descriptor, off_t(byteCount))
                throw .writeFailed(file: path, reason: TensorFileError.reason(code))
            }
            written += count
        }
        byteCount += written
    }

    /// Cuts the file to its first `count` bytes.
    package func truncate(to count: Int) throws(TensorFileError) {
        if retrying({ ftruncate(descriptor, off_t(count)) }) != 0 {
            throw .writeFailed(file: path, reason: TensorFileError.reason(errno))
        }
        byteCount = count
    }

    /// Waits until the device has everything.
    package func synchronize() throws(TensorFileError) {
        if retrying({ fsync(descriptor) }) != 0 {
            throw .writeFailed(file: path, reason: TensorFileError.reason(errno))
        }
    }
}
