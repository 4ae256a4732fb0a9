// A folder for caches, which exists and can be written before anybody relies on it.

import FoundationEssentials
import Glibc

/// The path of a folder, and what we need to know of it.
package struct CacheFolder: Hashable, Sendable {
    /// The path, without a slash at its end.
    package let path: String

    /// Names a folder, which need not exist.
    package init(path: String) {
        self.path = path
    }

    /// Makes the folder if need be, and tries it by writing and removing a file.
    ///
    /// - Throws: `cacheNotWritable` with the reason of the system.
    package func makeWritable() throws(OpenCLError) {
        guard makeFolder(path) else { throw failure() }
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
        var sizes: [String: Int] = [:]
        func walk(_ folder: String) {
            // What cannot be read, or has gone meanwhile, is nobody's file.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? [] {
                let file = folder + name
                var status = stat()
                guard lstat(path + "/" + file, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR { walk(file + "/") } else { sizes[file] = Int(status.st_size) }
            }
        }
        walk("")
        return sizes
    }

    /// Makes a folder and those above it; `errno` says why not.
    private func makeFolder(_ path: String) -> Bool {
        if mkdir(path, 0o755) == 0 { return true }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            return makeFolder(String(path[..<slash])) && (mkdir(path, 0o755) == 0 || errno == EEXIST)
        }
        guard errno == EEXIST else { return false }
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        errno = ENOTDIR
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
