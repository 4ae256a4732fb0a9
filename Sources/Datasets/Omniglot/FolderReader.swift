// The names in a folder, in an order that does not depend on the disk.

import Glibc
import TensorFiles

/// Lists folders.
enum FolderReader {
    /// The names in `folder`, sorted by their bytes; hidden ones (`.DS_Store`) are left out.
    static func names(in folder: String) throws(DatasetError) -> [String] {
        do throws(TensorFileError) {
            return try DurableFolder.list(folder).filter { !$0.hasPrefix(".") }
        } catch {
            switch error {
            case .cannotOpen(_, let reason), .readFailed(_, let reason): throw .cannotRead(path: folder, reason: reason)
            case .malformed, .badTensor, .cannotCreate, .writeFailed:
                preconditionFailure("the list of \(folder): \(error)")
            }
        }
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
