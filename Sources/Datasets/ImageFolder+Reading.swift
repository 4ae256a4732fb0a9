// Where the images of a folder come from: files below it, or entries of a zip of it, in the same order.

import Imaging

extension ImageFolder {
    /// A file that should be an image.
    struct ReadFile: Sendable {
        /// The path within the folder.
        let name: String
        let image: Result<GrayImage, ImagingError>

        /// The sub-folder in which it lies, if any.
        var className: String? {
            let parts = name.split(separator: "/")
            return parts.count > 1 ? String(parts[0]) : nil
        }
    }

    /// The images below the folder `path`.
    static func read(folder path: String) throws(DatasetError) -> [ReadFile] {
        let names = try images(below: "", of: path, depth: 0)
        return Parallel.map(names.count, grain: 1) { index in
            let image = Result { () throws(ImagingError) in
                try reduced(GrayImage(contentsOf: path + "/" + names[index]))
            }
            return ReadFile(name: names[index], image: image)
        }
    }

    /// The images in the zip `path`. Unpacked files are held only until their images are decoded.
    static func read(zip path: String) throws(DatasetError) -> [ReadFile] {
        var limits = ArchiveReader.Limits()
        (limits.entries, limits.fileBytes, limits.totalBytes) = (1 << 20, 1 << 26, 1 << 36)
        var archive = try ArchiveReader(path, limits: limits)
        var files: [ReadFile] = []
        var isAtEnd = false
        while !isAtEnd {
            var packed: [ArchiveReader.File] = []
            var byteCount = 0
            while byteCount < limits.fileBytes {
                guard let file = try archive.next() else {
                    isAtEnd = true
                    break
                }
                guard isVisible(file.name), isImage(file.name) else { continue }
                packed.append(file)
                byteCount += file.bytes.count
            }
            files += decoded(packed, of: path)
        }
        return files.sorted { precedes($0.name, $1.name) }
    }

    private static func decoded(_ packed: [ArchiveReader.File], of path: String) -> [ReadFile] {
        Parallel.map(packed.count, grain: 1) { index in
            let (name, bytes) = (packed[index].name, packed[index].bytes)
            let place = path + ", entry " + name
            let image = Result { () throws(ImagingError) in try reduced(GrayImage(decoding: bytes, name: place)) }
            return ReadFile(name: name, image: image)
        }
    }

    private static func images(below folder: String, of root: String, depth: Int) throws(DatasetError) -> [String] {
        var files: [String] = []
        for name in try FolderReader.names(in: folder.isEmpty ? root : root + "/" + folder) {
            let path = folder.isEmpty ? name : folder + "/" + name
            if FolderReader.isFolder(root + "/" + path) {
                // A link may lead back to where it stands.
                if depth < 9 { files += try images(below: path, of: root, depth: depth + 1) }
            } else if isImage(name) {
                files.append(path)
            }
        }
        return files
    }

    private static func isImage(_ name: String) -> Bool {
        let name = name.lowercased()
        return [".png", ".jpg", ".jpeg"].contains { name.hasSuffix($0) }
    }

    /// Whether no part of `path` is hidden; `__MACOSX` holds what is hidden on a Macintosh.
    private static func isVisible(_ path: String) -> Bool {
        path.split(separator: "/").allSatisfy { !$0.hasPrefix(".") } && !path.hasPrefix("__MACOSX/")
    }

    /// The order of walking through folders: name by name, each by its bytes.
    private static func precedes(_ first: String, _ second: String) -> Bool {
        first.split(separator: "/").lexicographicallyPrecedes(second.split(separator: "/")) {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    private static func reduced(_ image: GrayImage) -> GrayImage {
        let side = max(image.width, image.height)
        guard side > longestSide else { return image }
        func extent(_ extent: Int) -> Int { max(1, (extent * longestSide + side / 2) / side) }
        return image.resized(width: extent(image.width), height: extent(image.height))
    }
}
