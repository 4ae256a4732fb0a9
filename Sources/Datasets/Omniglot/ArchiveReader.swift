// The files in a zip, by libarchive, within limits that a hostile archive cannot pass.

import CArchive
import Glibc

/// Reads the files of a zip, one after the other.
package struct ArchiveReader: ~Copyable {
    /// What an archive may ask for at most.
    package struct Limits {
        /// The number of entries.
        package var entries = 100_000
        /// The unpacked bytes of one file.
        package var fileBytes = 1 << 16
        /// The unpacked bytes of all files.
        package var totalBytes = 1 << 28

        /// Makes the limits for a data set of small drawings.
        package init() {}
    }

    /// One file of the archive.
    package struct File {
        package let name: String
        package let bytes: [UInt8]
    }

    private let file: String
    private let limits: Limits
    private let archive: OpaquePointer?
    private var entries = 0
    private var totalBytes = 0

    /// Opens the zip `file`; an archive cut short has lost its directory, which stands at the end, and is refused.
    package init(_ file: String, limits: Limits = Limits()) throws(DatasetError) {
        (self.file, self.limits, archive) = (file, limits, archive_read_new())
        archive_read_support_format_zip_seekable(archive)
        if archive_read_open_filename(archive, file, 1 << 16) != ARCHIVE_OK {
            throw .badArchive(file: file, entry: nil, reason: Self.reason(archive))
        }
    }

    deinit {
        archive_read_free(archive)
    }

    /// The next file, or nil at the end; folders are passed over.
    package mutating func next() throws(DatasetError) -> File? {
        while true {
            var entry: OpaquePointer?
            let status = archive_read_next_header(archive, &entry)
            if status == ARCHIVE_EOF { return nil }
            guard status == ARCHIVE_OK, let entry else {
                throw .badArchive(file: file, entry: nil, reason: Self.reason(archive))
            }
            let name = try name(of: entry)
            entries += 1
            if entries > limits.entries {
                throw .badArchive(file: file, entry: nil, reason: "it has more than \(limits.entries) entries")
            }
            switch archive_entry_mode(entry) & S_IFMT {
            case S_IFDIR: continue
            case S_IFREG: return File(name: name, bytes: try bytes(of: entry, named: name))
            default:
                throw .badArchive(file: file, entry: name, reason: "it is a link or a device, not a file")
            }
        }
    }

    /// The entry's name, where it stays within the archive's own folder.
    private func name(of entry: OpaquePointer) throws(DatasetError) -> String {
        guard let pointer = archive_entry_pathname(entry) else {
            throw .badArchive(file: file, entry: nil, reason: "an entry has no readable name")
        }
        let name = String(cString: pointer)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name.hasPrefix("/") || parts.contains("..") {
            throw .badArchive(file: file, entry: name, reason: "the name leads out of the archive's folder")
        }
        return name
    }

    /// The entry's bytes; what it says of its size is not believed.
    private mutating func bytes(of entry: OpaquePointer, named name: String) throws(DatasetError) -> [UInt8] {
        let limit = min(limits.fileBytes, limits.totalBytes - totalBytes)
        var failed = false
        let archive = archive
        let bytes = [UInt8](unsafeUninitializedCapacity: limit + 1) { buffer, count in
            while count <= limit {
                let taken = archive_read_data(archive, buffer.baseAddress! + count, limit + 1 - count)
                failed = taken < 0
                if taken <= 0 { return }
                count += taken
            }
        }
        if failed { throw .badArchive(file: file, entry: name, reason: Self.reason(archive)) }
        if bytes.count > limit {
            let reason = "it unpacks to more than \(limits.fileBytes) bytes, or all to more than \(limits.totalBytes)"
            throw .badArchive(file: file, entry: name, reason: reason)
        }
        totalBytes += bytes.count
        // A copy without the spare room of the largest file.
        return bytes.withUnsafeBufferPointer { Array($0) }
    }

    private static func reason(_ archive: OpaquePointer?) -> String {
        guard let text = archive_error_string(archive) else { return "it is damaged" }
        let reason = String(cString: text)
        return reason == "Unrecognized archive format"
            ? "it is no zip, or one that is cut short; images by themselves are named by their folder" : reason
    }
}
