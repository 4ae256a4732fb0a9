// A person's own images: `images:DIR`, a folder or a zip of one.

public import Imaging
public import TensorCore

/// An image of a folder.
public struct FolderImage: Hashable, Sendable {
    /// The path of the file within the folder or the zip.
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
    /// Where it lies and why it could not be read, in one line.
    public let reason: String
}

/// The images (.png, .jpg, .jpeg) of a folder and what lies below; each sub-folder of it that holds images is a class.
/// A zip of the folder's contents is read in its place, with the same images in the same order.
///
/// Ink is what is dark, as on paper. An image that cannot be read is passed over, and counted.
public struct ImageFolder: Sendable {
    /// The folder, or the zip.
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

    /// Reads the images below `path`, or in the zip `path`.
    ///
    /// Throws `cannotRead` where a folder cannot be listed, `badArchive` for a damaged zip, `noImages` where no image can
    /// be read.
    public init(_ path: String) throws(DatasetError) {
        self.init(path, FolderReader.isFile(path) ? try Self.read(zip: path) : try Self.read(folder: path))
        if images.isEmpty {
            throw .noImages(folder: path, skipped: skipped.count, first: skipped.first?.reason)
        }
    }

    /// Sorts what was read of `path` into classes.
    private init(_ path: String, _ files: [ReadFile]) {
        let files = files.filter { $0.className == nil } + files.filter { $0.className != nil }
        var (images, skipped, classes): ([FolderImage], [SkippedImage], [String]) = ([], [], [])
        for file in files {
            switch file.image {
            case .success(let image):
                if let name = file.className, classes.last != name { classes.append(name) }
                let classIndex = file.className == nil ? nil : classes.count - 1
                images.append(FolderImage(name: file.name, image: image, classIndex: classIndex))
            case .failure(let error): skipped.append(SkippedImage(name: file.name, reason: error.description))
            }
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
}
