// A data set as an argument: its source, or a path that tells what it is.

package import Configuration
package import Datasets
import FoundationEssentials

extension DataSource {
    /// Reads `argument`: a source such as `omniglot:DIR`, or a path. A safetensors file is a file of pairs, a folder with
    /// one of Omniglot's splits is Omniglot, another folder holds a person's images.
    package init(argument: String) throws(DatasetError) {
        let manager = FileManager.default
        guard manager.fileExists(atPath: argument) else {
            try self.init(parsing: argument)
            return
        }
        let splits = Split.allCases.flatMap { ["\($0.folderName)", "\($0.folderName).zip"] }
        if argument.hasSuffix(".safetensors") {
            self = .pairs(file: argument)
        } else if splits.contains(where: { manager.fileExists(atPath: argument + "/" + $0) }) {
            self = .omniglot(folder: argument)
        } else {
            self = .images(folder: argument)
        }
    }
}

extension ValueRule<String> {
    /// A data set.
    package static let dataSource = text("glyphs, omniglot:DIR, images:DIR, pairs:FILE, or a path")
}
