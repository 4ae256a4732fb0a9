// Files that are there whole or not at all, whenever the machine stops.

import Glibc
import Synchronization

/// Writes a file so that a crash, a full disk or a lost power line leaves either the old file or the new one, whole.
///
/// The bytes go to another name in the same folder, are synced to the device, and take the file's name in one step;
/// then the folder is synced. On failure the other name is removed.
public enum DurableFile {
    /// Writes `bytes` to `path`.
    ///
    /// Throws `cannotCreate` where nothing can be created, `writeFailed` where the device is full or fails.
    public static func write(_ bytes: some Collection<UInt8>, to path: String) throws(TensorFileError) {
        try write(to: path) { (file) throws(TensorFileError) in try file.write(bytes) }
    }

    /// Writes to `path` what `body` writes to the file that it is given.
    package static func write(
        to path: String, _ body: (inout OutputFile) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        try checkReplaceable(path)
        let temporary = temporaryPath(beside: path)
        do {
            var file = try OutputFile(temporary, reportedAs: path)
            try body(&file)
            try file.synchronize()
        } catch {
            unlink(temporary)
            throw error
        }
        if rename(temporary, path) != 0 {
            let code = errno
            unlink(temporary)
            throw .writing(path, code: code)
        }
        try synchronizeFolder(folder(of: path), for: path)
    }

    /// A name beside `path` that nothing has, and that tells which process left it.
    package static func temporaryPath(beside path: String) -> String {
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        return folder(of: path) + "/" + temporaryPrefix + "\(getpid())-\(number)"
    }

    /// The folder in which `path` lies.
    package static func folder(of path: String) -> String {
        let trimmed = trimmed(path)
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    /// Waits until the device has the names in `folder`; file systems that cannot sync a folder are left alone.
    package static func synchronizeFolder(_ folder: String, for path: String) throws(TensorFileError) {
        let descriptor = retrying { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        if descriptor < 0 { throw .writing(path, code: errno) }
        defer { close(descriptor) }
        if retrying({ fsync(descriptor) }) != 0, errno != EINVAL, errno != ENOTSUP {
            throw .writing(path, code: errno)
        }
    }

    /// Removes what killed processes left half written in `folder`.
    package static func removeLeftovers(in folder: String) {
        for name in DurableFolder.names(in: folder) where name.hasPrefix(temporaryPrefix) {
            let parts = name.dropFirst(temporaryPrefix.count).split(separator: "-")
            guard parts.count == 2, let process = pid_t(parts[0]), process > 0 else { continue }
            if kill(process, 0) != 0, errno == ESRCH { DurableFolder.remove(folder + "/" + name) }
        }
    }

    static func trimmed(_ path: String) -> Substring {
        var rest = path[...]
        while rest.count > 1, rest.last == "/" { rest.removeLast() }
        return rest
    }

    /// Whether a file at `path` may be replaced, or made.
    package static func checkReplaceable(_ path: String) throws(TensorFileError) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw .cannotCreate(file: path, reason: TensorFileError.reason(EISDIR))
        default: throw .cannotCreate(file: path, reason: "it is a device or a pipe, not a file")
        }
    }

    /// Whether both are paths of one file that is there.
    package static func isSame(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(path, &first) == 0 && stat(other, &second) == 0
            && first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    private static let temporaryPrefix = ".partial-"
    private static let serial = Atomic<Int>(0)
}
