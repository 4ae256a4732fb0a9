// From files and bytes to grey images, by what the bytes are and not by what the name says.

import Glibc

extension GrayImage {
    /// Reads the PNG or JPEG file at `path`; colour becomes light, as in Pillow's mode `L`, and what is
    /// transparent lies on white. The orientation that a camera notes (EXIF) is not applied.
    public init(contentsOf path: String) throws(ImagingError) {
        try self.init(decoding: Self.bytes(of: path), name: path)
    }

    /// Decodes the PNG or JPEG in `bytes`; errors call it `name`.
    public init(decoding bytes: [UInt8], name: String) throws(ImagingError) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            try self.init(png: bytes, name: name)
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            try self.init(jpeg: bytes, name: name)
        } else {
            let start = bytes.prefix(4).map { String($0, radix: 16) }.joined(separator: " ")
            throw .unknownFormat(file: name, start: bytes.isEmpty ? "nothing" : "the bytes " + start)
        }
    }

    private static func bytes(of path: String) throws(ImagingError) -> [UInt8] {
        // Without O_NONBLOCK, opening a pipe that nobody writes would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { throw .cannotRead(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotRead(file: path, reason: "it is not a regular file")
        }
        let size = Int(status.st_size)
        if size > ImageLimits.fileBytes { throw .cannotRead(file: path, reason: "\(size) bytes are too many") }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let taken = read(descriptor, buffer.baseAddress! + count, size - count)
                if taken < 0, errno == EINTR { continue }
                if taken < 0 { failure = errno }
                if taken <= 0 { return }
                count += taken
            }
        }
        if failure != 0 { throw .cannotRead(file: path, reason: String(cString: strerror(failure))) }
        return bytes
    }
}
