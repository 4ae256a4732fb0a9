// What can go wrong with a data set, and the words for it.

public import Imaging
public import TensorFiles

/// Why a data set could not be named, found, read, fetched or used.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
    /// The value of `--data` names no kind of data set.
    case unknownSource(value: String, reason: String)
    /// The file or folder cannot be read.
    case cannotRead(path: String, reason: String)
    /// Neither the folder nor the zip of a split is there.
    case missingSplit(folder: String, split: Split)
    /// The archive as a whole, or one entry of it, cannot be read.
    case badArchive(file: String, entry: String?, reason: String)
    /// An entry lies where no drawing belongs, or would leave the archive's own folder.
    case unexpectedEntry(place: String, reason: String)
    /// The image of a drawing cannot be decoded.
    case badImage(ImagingError)
    /// The image of a drawing is not what a drawing must be.
    case badDrawing(place: String, reason: String)
    /// A character has no drawing by some of its drawers or two by one, or a split not its number of characters.
    case wrongDrawers(character: String, reason: String)
    /// No image of the folder could be read.
    case noImages(folder: String, skipped: Int, first: String?)
    /// A file of view pairs cannot be read.
    case badPairs(TensorFileError)
    /// A file that has the name of one to be fetched is another.
    case wrongFile(TensorFileError)
    /// There are fewer items than one batch takes.
    case tooFewItems(source: String, items: Int, batch: Int)
    /// The server cannot be reached, or the transfer broke off; what has come is kept.
    case transferFailed(address: String, reason: String)
    /// What came is not the file that was asked for.
    case wrongContent(address: String, reason: String)
    /// The file cannot be written: no such folder, or no permission.
    case cannotCreate(path: String, reason: String)
    /// The device is full or fails.
    case writeFailed(path: String, reason: String)

    /// The error as one line: what, where and why.
    public var description: String {
        switch self {
        case .unknownSource(let value, let reason):
            "'\(value)' is no data set: \(reason); known are \(DataSource.forms.joined(separator: ", "))"
        case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
        case .missingSplit(let folder, let split):
            "\(folder) has neither \(split.folderName) nor \(split.folderName).zip; "
                + "'diptych data fetch omniglot --to \(folder)' downloads it"
        case .badArchive(let file, let entry, let reason):
            "\(file)\(entry.map { ", entry \($0)" } ?? "") cannot be read: \(reason)"
        case .unexpectedEntry(let place, let reason): "\(place) does not belong there: \(reason)"
        case .badImage(let error): error.description
        case .badDrawing(let place, let reason): "\(place) is no drawing: \(reason)"
        case .wrongDrawers(let character, let reason): "\(character) is not complete: \(reason)"
        case .noImages(let folder, 0, _): "\(folder) holds no image (.png, .jpg, .jpeg)"
        case .noImages(let folder, let skipped, let first):
            "none of the \(skipped) images of \(folder) can be read" + (first.map { "; the first: \($0)" } ?? "")
        case .badPairs(let error): error.description
        case .wrongFile(let error): "\(error); move it away, and run the command again to fetch it"
        case .tooFewItems(let source, let items, let batch):
            "\(source) has \(items) items, and a batch takes \(batch): choose a smaller batch"
        case .transferFailed(let address, let reason):
            "fetching \(address) failed: \(reason); run the command again to go on where it stopped"
        case .wrongContent(let address, let reason): "\(address) did not give the file asked for: \(reason)"
        case .cannotCreate(let path, let reason): "cannot create \(path): \(reason)"
        case .writeFailed(let path, let reason): "writing \(path) failed: \(reason)"
        }
    }
}
