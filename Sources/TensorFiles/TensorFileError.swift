// What can go wrong with a file of tensors, and the words for it.

import Glibc

/// Why a file could not be read or written.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened for reading.
    case cannotOpen(file: String, reason: String)
    /// The device failed while the file was read.
    case readFailed(file: String, reason: String)
    /// The file as a whole is not what it should be.
    case malformed(file: String, reason: String)
    /// One tensor of the file is missing, or not what it should be.
    case badTensor(file: String, tensor: String, reason: String)
    /// The file or folder cannot be created: no such folder, no permission.
    case cannotCreate(file: String, reason: String)
    /// The device failed or is full; nothing under the file's name has changed.
    case writeFailed(file: String, reason: String)

    /// The error as one line: what, where and why.
    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason): "cannot open \(file): \(reason)"
        case .readFailed(let file, let reason): "reading \(file) failed: \(reason)"
        case .malformed(let file, let reason): "\(file) is malformed: \(reason)"
        case .badTensor(let file, let tensor, let reason): "tensor '\(tensor)' of \(file): \(reason)"
        case .cannotCreate(let file, let reason): "cannot create \(file): \(reason)"
        case .writeFailed(let file, let reason): "writing \(file) failed: \(reason)"
        }
    }

    /// The error of a failed system call that creates or writes `file`: a full or failing device is one thing, a place
    /// where nothing may be created another.
    package static func writing(_ file: String, code: Int32) -> TensorFileError {
        switch code {
        case ENOSPC, EDQUOT, EIO, EFBIG, EPIPE, ENXIO, ENOMEM: .writeFailed(file: file, reason: reason(code))
        default: .cannotCreate(file: file, reason: reason(code))
        }
    }

    /// The same error of writing below `folder`, told of `target`, the name that the user knows.
    package func moved(from folder: String, to target: String) -> TensorFileError {
        func moved(_ file: String) -> String {
            file.hasPrefix(folder) ? target + file.dropFirst(folder.count) : file
        }
        return switch self {
        case .cannotCreate(let file, let reason): .cannotCreate(file: moved(file), reason: reason)
        case .writeFailed(let file, let reason): .writeFailed(file: moved(file), reason: reason)
        case .cannotOpen, .readFailed, .malformed, .badTensor: self
        }
    }

    /// The system's words for `code`.
    package static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
