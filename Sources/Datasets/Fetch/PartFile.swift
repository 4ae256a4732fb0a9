// A download in the making: it grows at its end, and takes its name when it is whole.

import Glibc
import TensorFiles

/// A file `NAME.part` that one process at a time may lengthen. Used from one thread.
final class PartFile {
    private let path: String
    private let descriptor: Int32
    /// The number of bytes that are there.
    private(set) var byteCount = 0

    /// Opens the part of `path`, with what an earlier download left of it.
    init(of path: String) throws(DatasetError) {
        self.path = path + ".part"
        descriptor = open(self.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        if descriptor < 0 { throw .cannotCreate(path: self.path, reason: Self.reason(errno)) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            throw .cannotCreate(path: self.path, reason: "another download is writing it")
        }
        byteCount = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit {
        guard descriptor >= 0 else { return }
        unlock()
        close(descriptor)
    }

    /// Lets others write the part, though a child may hold on to a copy of its descriptor.
    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Appends `bytes`; what could not be written stays away as a whole or in part, and the next download goes on there.
    func append(_ bytes: some Collection<UInt8>) throws(DatasetError) {
        let (count, failure) = writeAll(Array(bytes), to: descriptor)
        byteCount += count
        if let failure { throw .writeFailed(path: path, reason: Self.reason(failure)) }
    }

    /// Throws away what is there.
    func clear() throws(DatasetError) {
        if ftruncate(descriptor, 0) != 0 || lseek(descriptor, 0, SEEK_SET) != 0 {
            throw .writeFailed(path: path, reason: Self.reason(errno))
        }
        byteCount = 0
    }

    /// The MD5 of what is there.
    func md5() throws(DatasetError) -> String {
        var hash = MD5()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        var offset = 0
        while offset < byteCount {
            let count = retrying { pread(descriptor, &piece, piece.count, off_t(offset)) }
            if count <= 0 { throw .cannotRead(path: path, reason: Self.reason(count < 0 ? errno : EIO)) }
            hash.update(piece[..<count])
            offset += count
        }
        return hash.digest
    }

    /// Gives the whole file its name, durably.
    func finish() throws(DatasetError) {
        let name = String(path.dropLast(5))
        if retrying({ fsync(descriptor) }) != 0 || rename(path, name) != 0 {
            throw .writeFailed(path: name, reason: Self.reason(errno))
        }
        do throws(TensorFileError) {
            try DurableFile.synchronizeFolder(DurableFile.folder(of: name), for: name)
        } catch {
            throw .writeFailed(path: name, reason: error.description)
        }
    }

    /// Removes the part.
    func discard() {
        unlink(path)
    }

    private static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
