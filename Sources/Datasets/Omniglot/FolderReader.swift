// The names in a folder, in an order that does not depend on the disk.

import Glibc

/// Lists folders.
enum FolderReader {
    /// The names in `folder`, sorted by their bytes; hidden ones (`.DS_Store`) are left out.
    static func names(in folder: String) throws(DatasetError) -> [String] {
        guard let directory = opendir(folder) else {
            throw .cannotRead(path: folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw .cannotRead(path: folder, reason: String(cString: strerror(errno))) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether `path` is a folder.
    static func isFolder(_ path: String) -> Bool {
        kind(path) == S_IFDIR
    }

    /// Whether `path` is a regular file.
    static func isFile(_ path: String) -> Bool {
        kind(path) == S_IFREG
    }

    private static func kind(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
