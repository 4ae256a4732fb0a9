// A file that grows at its end, by whole records: what cannot be written whole is taken back.

import Glibc
package import TensorFiles

/// A file open for appending. One process at a time has it open.
package final class AppendedFile {
    private let descriptor: Int32
    private var path: String
    /// The size in bytes.
    package private(set) var byteCount = 0

    /// Opens or creates `path`.
    package init(_ path: String) throws(TensorFileError) {
        self.path = path
        descriptor = retrying { open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
        if descriptor < 0 { throw .writing(path, code: errno) }
        if retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 {
            let reason = errno == EWOULDBLOCK ? "another process is writing it" : TensorFileError.reason(errno)
            throw .cannotCreate(file: path, reason: reason)
        }
        byteCount = Int(lseek(descriptor, 0, SEEK_END))
    }

    /// Puts a file of `bytes` in the place of the one at `path`, in one step and durably, and has it open.
    package static func replacing(_ path: String, with bytes: [UInt8]) throws(TensorFileError) -> AppendedFile {
        let temporary = DurableFile.temporaryPath(beside: path)
        do throws(TensorFileError) {
            let file = try AppendedFile(temporary)
            try file.append(bytes)
            try file.synchronize()
            if rename(temporary, path) != 0 { throw TensorFileError.writing(path, code: errno) }
            file.path = path
            try DurableFile.synchronizeFolder(DurableFile.folder(of: path), for: path)
            return file
        } catch {
            unlink(temporary)
            throw error.moved(from: temporary, to: path)
        }
    }

    /// A child on its way to `exec` holds a copy of the descriptor, which `close` would leave locked.
    deinit {
        guard descriptor >= 0 else { return }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Appends `bytes` and hands them to the system. Where that fails, the file is as long as before.
    package func append(_ bytes: [UInt8]) throws(TensorFileError) {
        if let code = writeAll(bytes, to: descriptor).failure {
            ftruncate(descriptor, off_t(byteCount))
            throw .writeFailed(file: path, reason: TensorFileError.reason(code))
        }
        byteCount += bytes.count
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
