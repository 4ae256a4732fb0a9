// Reading a whole file into memory, with its size known and checked first.

import Glibc
public import TensorCore

/// A regular file open for reading.
package struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    /// The size of the file in bytes when it was opened.
    package let byteCount: Int

    /// Opens `path`; folders, pipes and devices are refused.
    package init(_ path: String) throws(TensorFileError) {
        self.path = path
        // Without O_NONBLOCK, opening a pipe that nobody writes would wait for ever.
        descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        byteCount = descriptor < 0 ? 0 : Self.size(of: descriptor)
        if descriptor < 0 { throw .cannotOpen(file: path, reason: TensorFileError.reason(errno)) }
        if byteCount < 0 { throw .cannotOpen(file: path, reason: "it is not a regular file") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The next `count` bytes, or those that are left.
    package func read(_ count: Int) throws(TensorFileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let place = buffer.baseAddress! + filled
                let taken = retrying { Glibc.read(descriptor, place, count - filled) }
                if taken < 0 { failure = errno }
                if taken <= 0 { return }
                filled += taken
            }
        }
        if failure != 0 { throw .readFailed(file: path, reason: TensorFileError.reason(failure)) }
        return bytes
    }

    private static func size(of descriptor: Int32) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return -1 }
        return Int(status.st_size)
    }
}

extension SHA256 {
    /// The hash of the file at `path`, read piece by piece.
    public static func hash(fileAt path: String) throws(TensorFileError) -> Digest {
        let file = try InputFile(path)
        var hash = SHA256()
        while true {
            let piece = try file.read(1 << 20)
            if piece.isEmpty { return hash.digest }
            hash.update(piece)
        }
    }
}
