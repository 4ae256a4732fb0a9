// A person's own images: `images:DIR`.

public import Imaging
public import TensorCore

/// An image of a folder.
public struct FolderImage: Hashable, Sendable {
    /// The path of the file within the folder.
    public let name: String
    /// The image, with its longer side reduced to at most `ImageFolder.longestSide` pixels.
    public let image: GrayImage
    /// The place of the image's class in `ImageFolder.classes`, where it lies in one.
    public let classIndex: Int?
}

/// A file that is no image after all.
public struct SkippedImage: Hashable, Sendable {
    /// The path of the file within the folder.
    public let name: String
    /// Why it could not be read.
    public let reason: String
}

/// The images (.png, .jpg, .jpeg) of a folder and what lies below; each sub-folder of it that holds images is a class.
///
/// Ink is what is dark, as on paper. An image that cannot be read is passed over, and counted.
public struct ImageFolder: Sendable {
    /// The folder.
    public let path: String
    /// The names of the classes, sorted.
    public let classes: [String]
    /// The images that can be read: those of no class first, then class by class, sorted by name.
    public let images: [FolderImage]
    /// The images that cannot.
    public let skipped: [SkippedImage]
    /// Larger images are reduced to this as they are read: memory stays small, and views of up to 64 pixels lose nothing
    /// that can be seen.
    public static let longestSide = 256

    /// Reads the images below `path`.
    ///
    /// Throws `cannotRead` where a folder cannot be listed, `noImages` where no image can be read.
    public init(_ path: String) throws(DatasetError) {
        var files: [(name: String, className: String?)] = []
        for name in try FolderReader.names(in: path) {
            if FolderReader.isFolder("\(path)/\(name)") {
                for file in try Self.images(below: name, of: path, depth: 0) { files.append((file, name)) }
            } else if Self.isImage(name) {
                files.append((name, nil))
            }
        }
        files.sort { ($0.className == nil ? 0 : 1) < ($1.className == nil ? 0 : 1) }
        let names = files.map(\.name)
        let read = Parallel.map(files.count, grain: 1) { index in
            Result { () throws(ImagingError) in try Self.reduced(GrayImage(contentsOf: "\(path)/\(names[index])")) }
        }
        let classes = zip(files, read).reduce(into: [String]()) { classes, file in
            guard case .success = file.1, let name = file.0.className, classes.last != name else { return }
            classes.append(name)
        }
        var (images, skipped): ([FolderImage], [SkippedImage]) = ([], [])
        for (file, result) in zip(files, read) {
            switch result {
            case .success(let image):
                let classIndex = file.className.flatMap { classes.firstIndex(of: $0) }
                images.append(FolderImage(name: file.name, image: image, classIndex: classIndex))
            case .failure(let error): skipped.append(SkippedImage(name: file.name, reason: error.description))
            }
        }
        if images.isEmpty {
            throw .noImages(folder: path, skipped: skipped.count, first: skipped.first?.reason)
        }
        (self.path, self.classes, self.images, self.skipped) = (path, classes, images, skipped)
    }

    /// SHA-256 of the names and pixels of all images.
    public var checksum: SHA256.Digest {
        var hash = SHA256()
        for image in images {
            hash.update("\(image.name)\n\(image.image.width) \(image.image.height)\n".utf8)
            hash.update(image.image.pixels)
        }
        return hash.digest
    }

    private static func images(below folder: String, of root: String, depth: Int) throws(DatasetError) -> [String] {
        var files: [String] = []
        for name in try FolderReader.names(in: "\(root)/\(folder)") {
            let path = "\(folder)/\(name)"
            if FolderReader.isFolder("\(root)/\(path)") {
                // A link may lead back to where it stands.
                if depth < 8 { files += try images(below: path, of: root, depth: depth + 1) }
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

    private static func reduced(_ image: GrayImage) -> GrayImage {
        let side = max(image.width, image.height)
        guard side > longestSide else { return image }
        func extent(_ extent: Int) -> Int { max(1, (extent * longestSide + side / 2) / side) }
        return image.resized(width: extent(image.width), height: extent(image.height))
    }
}
