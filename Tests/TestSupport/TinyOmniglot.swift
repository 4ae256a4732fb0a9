// A small data set in the layout of Omniglot, as zips or as folders, with faults on request.

package import Datasets
import Imaging
import TensorFiles

/// Drawings of a few characters under the names that Omniglot gives them.
package struct TinyOmniglot {
    /// The files by path: `<set>/<Alphabet>/characterNN/CCCC_DD.png`.
    package var files: [(path: String, bytes: [UInt8])]

    /// Draws `characters`, each by 20 drawers; a drawing tells its alphabet, character and drawer by its first pixels.
    package init(_ split: Split, characters: [(alphabet: String, name: String)]) throws {
        files = []
        for (index, character) in characters.enumerated() {
            for drawer in 1...20 {
                let number = drawer < 10 ? "0\(drawer)" : "\(drawer)"
                let path = "\(split.folderName)/\(character.alphabet)/\(character.name)/000\(index + 1)_\(number).png"
                files.append((path, try Self.png(code: index * 20 + drawer)))
            }
        }
    }

    package static let characters = [("Zeta", "character01"), ("Alpha", "character02"), ("Alpha", "character01")]

    /// A drawing whose pixels in the first row are the bits of `code`.
    package static func png(code: Int, side: Int = 105, light: UInt8 = 0) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 255, count: side * side)
        for bit in 0..<16 where code >> bit & 1 == 1 { pixels[bit] = light }
        return try GrayImage(width: side, height: side, pixels: pixels).encodedPNG()
    }

    /// The code that a drawing was made of.
    package static func code(_ drawing: PackedDrawing) -> Int {
        (0..<16).reduce(0) { $0 | (drawing.image[$1, 0] == 0 ? 1 << $1 : 0) }
    }

    /// Writes the files as a zip, in the reverse of their order.
    package func writeZip(_ split: Split, to folder: String) throws {
        var zip = TinyZip()
        for file in files.reversed() { zip.add(file.path, file.bytes) }
        try DurableFile.write(zip.bytes, to: "\(folder)/\(split.folderName).zip")
    }

    /// Writes the files as folders.
    package func writeFolders(to folder: String) throws {
        for file in files {
            var path = folder
            for part in file.path.split(separator: "/").dropLast() {
                path += "/" + part
                if !DurableFolder.names(in: DurableFile.folder(of: path)).contains(String(part)) {
                    try DurableFolder.create(path)
                }
            }
            try DurableFile.write(file.bytes, to: folder + "/" + file.path)
        }
    }
}
