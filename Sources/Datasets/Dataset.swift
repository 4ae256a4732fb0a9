// A data set as a run uses it, whatever it was made of.

public import TensorCore
import TensorFiles

/// A data set that was loaded: what is trained on, what is evaluated on, and how to know it again.
public enum Dataset: Sendable {
    /// Drawn characters: Omniglot, or invented ones; no character of one split is in the other.
    case drawings(background: DrawingSet, evaluation: DrawingSet)
    /// A person's own images.
    case images(ImageFolder)
    /// View pairs made elsewhere.
    case pairs(file: String)

    /// Loads what `source` names; `pairs:` files are read by `pairs`.
    public init(_ source: DataSource) throws(DatasetError) {
        switch source {
        case .omniglot(let folder):
            let omniglot = Omniglot(folder: folder)
            self = .drawings(
                background: try omniglot.drawings(.background), evaluation: try omniglot.drawings(.evaluation))
        case .glyphs(let seed):
            let glyphs = Glyphs(seed: seed)
            self = .drawings(background: glyphs.drawings(.background), evaluation: glyphs.drawings(.evaluation))
        case .images(let folder): self = .images(try ImageFolder(folder))
        case .pairs(let file): self = .pairs(file: file)
        }
    }

    /// The view pairs to train on.
    ///
    /// Throws `tooFewItems` where one batch takes more than there is, `badPairs` for a file of pairs.
    public func pairs(_ settings: ViewPairs.Settings) throws(DatasetError) -> any PairSource {
        switch self {
        case .drawings(let background, _): try ViewPairs(of: background, settings)
        case .images(let folder): try ViewPairs(of: folder, settings)
        case .pairs(let file):
            try RecordedPairs(file: file, pairsPerBatch: settings.pairsPerBatch, size: settings.size)
        }
    }

    /// The views to evaluate on: the evaluation split of drawn characters, or all of a person's images, where each lies
    /// in a class, or the first view of each labelled pair; nil where something has no label.
    ///
    /// Throws `badPairs` for a file of pairs that cannot be read.
    public func evaluationViews(size: Int = 28) throws(DatasetError) -> LabelledViews? {
        switch self {
        case .drawings(_, let evaluation): evaluation.evaluationViews(size: size)
        case .images(let folder): folder.evaluationViews(size: size)
        case .pairs(let file): try RecordedPairs(file: file, pairsPerBatch: 1, size: size).evaluationViews()
        }
    }

    /// The files that should be images and cannot be read, which are left out.
    public var skipped: [SkippedImage] {
        switch self {
        case .images(let folder): folder.skipped
        case .drawings, .pairs: []
        }
    }

    /// SHA-256 over the content, by part: the same content has the same sum, whatever files it came from.
    public func checksums() throws(DatasetError) -> [(part: String, digest: SHA256.Digest)] {
        switch self {
        case .drawings(let background, let evaluation):
            return [background, evaluation].map { ("\($0.split)", $0.checksum) }
        case .images(let folder): return [("images", folder.checksum)]
        case .pairs(let file):
            do throws(TensorFileError) {
                return [("pairs", try SHA256.hash(fileAt: file))]
            } catch {
                throw .badPairs(error)
            }
        }
    }
}
