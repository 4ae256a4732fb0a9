// One file of Omniglot, wherever it lies: `<set>/<Alphabet>/characterNN/CCCC_DD.png`, DD the drawer.

import Imaging

/// A drawing not yet decoded.
struct OmniglotEntry: Sendable {
    /// Where the bytes of the image are.
    enum Content: Sendable {
        case bytes([UInt8])
        case file(String)
    }

    let alphabet: String
    let character: String
    /// The number of the drawer, from 1.
    let drawer: Int
    let content: Content
    /// The file, or the zip and its entry, for errors.
    let place: String

    /// Reads alphabet, character and drawer from the last three parts of a path within `split`.
    init(path: [String], split: Split, content: Content, place: String) throws(DatasetError) {
        guard path.count == 4, path[0] == split.folderName else {
            let layout = "\(split.folderName)/<Alphabet>/<character>/<number>_<drawer>.png"
            throw .unexpectedEntry(place: place, reason: "the layout is \(layout)")
        }
        let stem = path[3].hasSuffix(".png") ? path[3].dropLast(4) : ""
        let digits = stem.split(separator: "_", omittingEmptySubsequences: false).last ?? ""
        guard stem.contains("_"), let drawer = Int(digits), (1...DrawnCharacter.drawerCount).contains(drawer) else {
            throw .unexpectedEntry(
                place: place, reason: "its name must end in _01.png to _\(DrawnCharacter.drawerCount).png")
        }
        (alphabet, character, self.drawer) = (path[1], path[2], drawer)
        (self.content, self.place) = (content, place)
    }

    /// Decodes the drawing.
    func drawing() throws(DatasetError) -> PackedDrawing {
        let image: GrayImage
        do throws(ImagingError) {
            image =
                switch content {
                case .bytes(let bytes): try GrayImage(decoding: bytes, name: place)
                case .file(let path): try GrayImage(contentsOf: path)
                }
        } catch {
            throw .badImage(error)
        }
        return try PackedDrawing(image, place: place)
    }
}
