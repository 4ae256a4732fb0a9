// `data fetch omniglot`: the two official zips, checked.

import TensorFiles

/// The download of Omniglot from where its author keeps it.
public struct OmniglotDownload: Sendable {
    /// A file, and how to know it.
    public struct File: Hashable, Sendable {
        /// The name of the file, at the server and in the folder.
        public let name: String
        /// The size in bytes.
        public let byteCount: Int
        /// The MD5 as 32 hexadecimal digits (the sum that torchvision publishes).
        public let md5: String

        /// Makes a file by its facts.
        public init(name: String, byteCount: Int, md5: String) {
            (self.name, self.byteCount, self.md5) = (name, byteCount, md5)
        }
    }

    /// How far a download is.
    public struct Progress: Hashable, Sendable {
        /// The file on its way.
        public let file: File
        /// How many of its bytes are there.
        public let received: Int
    }

    /// The folder of the files at the server.
    public static let officialAddress = "https://raw.githubusercontent.com/brendenlake/omniglot/master/python"
    /// The two official zips.
    public static let officialFiles = [
        File(name: "images_background.zip", byteCount: 9_464_212, md5: "68d2efa1b9178cc56df9314c21c6e718"),
        File(name: "images_evaluation.zip", byteCount: 6_462_886, md5: "6b91aef0f799c5bb55b94e3f2daec811"),
    ]

    private let address: String
    private let files: [File]
    private let patience: Double

    /// Makes the download of `files` from the folder `address` of a server, which may be silent for `patience` seconds.
    public init(from address: String = officialAddress, files: [File] = officialFiles, patience: Double = 60) {
        self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
        (self.files, self.patience) = (files, patience)
    }

    /// Fetches what is not yet in `folder`, which is created where it is missing; `Omniglot.verify` tells of the content.
    ///
    /// A download that broke off goes on where it stopped. A file takes its name only when size and sum are right; a
    /// file that has the name already is never written over. Throws `wrongFile` where such a one is another;
    /// `transferFailed`, `wrongContent`, `cannotCreate` and `writeFailed`.
    public func fetch(
        to folder: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) throws(DatasetError) {
        if !FolderReader.isFolder(folder) {
            do throws(TensorFileError) {
                try DurableFolder.create(folder)
            } catch {
                switch error {
                case .cannotCreate(_, let reason): throw .cannotCreate(path: folder, reason: reason)
                case .writeFailed(_, let reason): throw .writeFailed(path: folder, reason: reason)
                case .cannotOpen, .readFailed, .malformed, .badTensor:
                    preconditionFailure("making the folder \(folder): \(error)")
                }
            }
        }
        for file in files {
            let path = "\(folder)/\(file.name)"
            if FolderReader.isFile(path) {
                try check(path, isLike: file)
            } else {
                try fetch(file, to: folder, progress: progress)
            }
        }
    }

    /// Holds the file that has the name already against what it should be.
    private func check(_ path: String, isLike file: File) throws(DatasetError) {
        do throws(TensorFileError) {
            let input = try InputFile(path)
            guard input.byteCount == file.byteCount else {
                throw TensorFileError.malformed(
                    file: path, reason: "it has \(input.byteCount) bytes, not \(file.byteCount)")
            }
            var hash = MD5()
            while case let piece = try input.read(1 << 20), !piece.isEmpty { hash.update(piece) }
            guard hash.digest == file.md5 else {
                throw TensorFileError.malformed(file: path, reason: "its MD5 is \(hash.digest), not \(file.md5)")
            }
        } catch {
            throw .wrongFile(error)
        }
    }

    private func fetch(
        _ file: File, to folder: String, progress: @escaping @Sendable (Progress) -> Void
    ) throws(DatasetError) {
        let place = "\(address)/\(file.name)"
        let part = try PartFile(of: "\(folder)/\(file.name)")
        defer { part.unlock() }
        if part.byteCount > file.byteCount { try part.clear() }
        if part.byteCount < file.byteCount {
            let transfer = Transfer(place, byteCount: file.byteCount, into: part, patience: patience) { received in
                progress(Progress(file: file, received: received))
            }
            do throws(DatasetError) {
                try transfer.run()
            } catch {
                if part.byteCount == 0 { part.discard() }
                throw error
            }
        }
        let sum = try part.md5()
        guard sum == file.md5 else {
            part.discard()
            throw .wrongContent(address: place, reason: "its MD5 is \(sum), not \(file.md5)")
        }
        try part.finish()
    }
}
