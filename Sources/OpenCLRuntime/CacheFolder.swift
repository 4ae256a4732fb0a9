// A folder for caches, which exists and can be written before anybody relies on it.

import Foundation

/// The path of a folder, and what we need to know of it.
struct CacheFolder: Hashable, Sendable {
    let path: String

    func child(_ name: String) -> CacheFolder { CacheFolder(path: path + "/" + name) }

    /// Makes the folder if need be, and tries it by writing and removing a file.
    func makeWritable() throws(OpenCLError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .cacheNotWritable(path: path, reason: reason(of: error))
        }
        let probe = path + "/.probe-\(getpid())"
        defer { unlink(probe) }
        let file = open(probe, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure() }
        defer { close(file) }
        let page = [UInt8](repeating: 0x5A, count: 4096)
        guard write(file, page, page.count) == page.count else { throw failure() }
    }

    /// The fact that the last system call on this folder failed.
    func failure() -> OpenCLError {
        .cacheNotWritable(path: path, reason: String(cString: strerror(errno)))
    }

    /// The sizes of all files below, by path from here; links are not followed.
    func fileSizes() -> [String: Int] {
        guard let walker = FileManager.default.enumerator(atPath: path) else { return [:] }
        var sizes: [String: Int] = [:]
        for case let file as String in walker {
            var status = stat()
            guard lstat(path + "/" + file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
            sizes[file] = Int(status.st_size)
        }
        return sizes
    }

    private func reason(of error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let cause, cause.domain == NSPOSIXErrorDomain else { return "it cannot be made" }
        return String(cString: strerror(Int32(cause.code)))
    }
}
