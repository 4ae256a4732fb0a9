// What `--data` can name.

/// Where a data set comes from: the value of `--data`.
public enum DataSource: Hashable, Sendable, CustomStringConvertible {
    /// Omniglot, from its two zips or their unpacked folders in `folder`.
    case omniglot(folder: String)
    /// Characters invented by the program.
    case glyphs(seed: UInt64)
    /// A person's own images; a sub-folder is a class.
    case images(folder: String)
    /// Pairs of views made elsewhere, in a safetensors file.
    case pairs(file: String)

    /// The forms that `init(parsing:)` reads.
    public static let forms = ["glyphs", "glyphs:SEED", "omniglot:DIR", "images:DIR", "pairs:FILE.safetensors"]

    /// Reads `omniglot:DIR`, `glyphs`, `glyphs:SEED`, `images:DIR` or `pairs:FILE`.
    ///
    /// Throws `unknownSource`, which lists these forms.
    public init(parsing text: String) throws(DatasetError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let place = parts.count == 2 ? parts[1] : nil
        func required(_ what: String) throws(DatasetError) -> String {
            guard let place, !place.isEmpty else {
                throw .unknownSource(value: text, reason: "'\(parts[0]):' needs a \(what) behind the colon")
            }
            return place
        }
        switch parts[0] {
        case "omniglot": self = .omniglot(folder: try required("folder"))
        case "images": self = .images(folder: try required("folder"))
        case "pairs": self = .pairs(file: try required("file"))
        case "glyphs":
            guard let seed = UInt64(place ?? "0") else {
                throw .unknownSource(value: text, reason: "the seed must be a whole number of at least 0")
            }
            self = .glyphs(seed: seed)
        default: throw .unknownSource(value: text, reason: "there is no kind '\(parts[0])'")
        }
    }

    /// The value of `--data` that names this source.
    public var description: String {
        switch self {
        case .omniglot(let folder): "omniglot:\(folder)"
        case .glyphs(0): "glyphs"
        case .glyphs(let seed): "glyphs:\(seed)"
        case .images(let folder): "images:\(folder)"
        case .pairs(let file): "pairs:\(file)"
        }
    }
}
