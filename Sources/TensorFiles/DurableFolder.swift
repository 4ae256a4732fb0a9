// Folders that are there whole or not at all, whenever the machine stops.

import Glibc

/// Writes a folder of files so that a crash leaves either the old folder or the new one, whole.
public enum DurableFolder {
    /// Makes the folder `path` of what `body` writes into the folder whose path it is given.
    ///
    /// That folder has another name beside `path`; when `body` is done, its files and folders are synced to the device
    /// and it takes the name `path`, in place of a folder that has it. On failure it is removed.
    public static func write(
        to path: String, _ body: (_ folder: String) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        let path = String(DurableFile.trimmed(path))
        let temporary = DurableFile.temporaryPath(beside: path)
        if mkdir(temporary, 0o777) != 0 { throw .writing(path, code: errno) }
        do {
            try body(temporary)
            try synchronize(temporary, for: path)
            try replace(path, with: temporary)
        } catch {
            remove(temporary)
            throw error.moved(from: temporary, to: path)
        }
        try DurableFile.synchronizeFolder(DurableFile.folder(of: path), for: path)
    }

    /// Makes the folder `path`, and those above it, where they are missing.
    public static func create(_ path: String) throws(TensorFileError) {
        let path = String(DurableFile.trimmed(path))
        if mkdir(path, 0o777) == 0 || isFolder(path) { return }
        if errno == ENOENT, DurableFile.folder(of: path) != path {
            try create(DurableFile.folder(of: path))
            if mkdir(path, 0o777) == 0 || isFolder(path) { return }
        }
        throw .writing(path, code: errno)
    }

    /// The names in `folder`, sorted; none where it cannot be read.
    package static func names(in folder: String) -> [String] {
        (try? list(folder)) ?? []
    }

    /// The names in `folder`, sorted by their bytes, so that the order does not depend on the disk.
    package static func list(_ folder: String) throws(TensorFileError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .cannotOpen(file: folder, reason: TensorFileError.reason(errno))
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw .readFailed(file: folder, reason: TensorFileError.reason(errno)) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes the file or the whole folder at `path`, as far as it can.
    package static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { remove(path + "/" + name) }
        rmdir(path)
    }

    private static func isFolder(_ path: String) -> Bool {
        let code = errno
        defer { errno = code }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Gives `temporary` the name `path`. A folder that has it becomes `path.previous` for the moment between the two
    /// renames, and a crash there leaves it whole under that name.
    private static func replace(_ path: String, with temporary: String) throws(TensorFileError) {
        if rename(temporary, path) == 0 { return }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw .writing(path, code: errno) }
        let previous = path + ".previous"
        remove(previous)
        guard rename(path, previous) == 0 else { throw .writing(path, code: errno) }
        guard rename(temporary, path) == 0 else {
            let code = errno
            rename(previous, path)
            throw .writing(path, code: code)
        }
        remove(previous)
    }

    private static func synchronize(_ folder: String, for path: String) throws(TensorFileError) {
        for name in names(in: folder) {
            let entry = folder + "/" + name
            if isFolder(entry) {
                try synchronize(entry, for: path)
            } else {
                let descriptor = retrying { open(entry, O_RDONLY | O_CLOEXEC) }
                if descriptor < 0 { throw .writing(path, code: errno) }
                defer { close(descriptor) }
                if retrying({ fsync(descriptor) }) != 0 { throw .writing(path, code: errno) }
            }
        }
        try DurableFile.synchronizeFolder(folder, for: path)
    }
}
