// A data set as an argument or in a configuration: its source, or a path that tells what it is.

package import Configuration
package import Datasets
import FoundationEssentials

extension DataSource {
    /// Reads `argument`: a source such as `omniglot:DIR`, else a path. A safetensors file is a file of pairs, a folder
    /// with one of Omniglot's splits is Omniglot, another folder or a zip holds a person's images. A `~/` at the start of
    /// a path is `home`.
    ///
    /// - Throws: `DatasetError.cannotRead` for a path where nothing is, `.unknownSource` for other words.
    package init(argument: String, home: String = ProgramEnvironment.home()) throws(DatasetError) {
        do throws(DatasetError) {
            self = try DataSource(parsing: argument).expandingHome(to: home)
        } catch {
            let path = argument.expandingHome(to: home)
            guard FileManager.default.fileExists(atPath: path) else { throw error.with(missingPath: argument) }
            self.init(path: path)
        }
    }

    /// What lies at `path`.
    private init(path: String) {
        let splits = Split.allCases.flatMap { ["\($0.folderName)", "\($0.folderName).zip"] }
        if path.hasSuffix(".safetensors") {
            self = .pairs(file: path)
        } else if splits.contains(where: { FileManager.default.fileExists(atPath: path + "/" + $0) }) {
            self = .omniglot(folder: path)
        } else {
            self = .images(folder: path)
        }
    }

    private func expandingHome(to home: String) -> DataSource {
        switch self {
        case .omniglot(let folder): .omniglot(folder: folder.expandingHome(to: home))
        case .images(let folder): .images(folder: folder.expandingHome(to: home))
        case .pairs(let file): .pairs(file: file.expandingHome(to: home))
        case .glyphs: self
        }
    }
}

extension String {
    /// The path with `home` for a `~` before its first slash.
    fileprivate func expandingHome(to home: String) -> String {
        hasPrefix("~/") ? home + dropFirst() : self
    }
}

extension DatasetError {
    /// This refusal of a source, told of a text that is the path of nothing either.
    fileprivate func with(missingPath text: String) -> DatasetError {
        guard case .unknownSource(let value, let reason) = self else { return self }
        // A colon before the first slash belongs to a kind of data set.
        let head = text.prefix { $0 != "/" }
        return text.contains("/") && !head.contains(":")
            ? .cannotRead(path: text, reason: "no such file or folder")
            : .unknownSource(value: value, reason: reason + ", and no file or folder of that name")
    }
}

extension ValueRule<String> {
    /// A data set.
    package static let dataSource = text("glyphs, omniglot:DIR, images:DIR, pairs:FILE, or a path")
}

extension Console {
    /// Says once that files which should be images are left out.
    func warn(of skipped: [SkippedImage]) {
        guard !skipped.isEmpty else { return }
        let (count, shown) = (skipped.count, skipped.prefix(3).map(\.name).joined(separator: ", "))
        let subject = count == 1 ? "1 image cannot be read and is" : "\(count) images cannot be read and are"
        let rest = count > 3 ? " and \(count - 3) more" : ""
        warning("\(subject) left out: \(shown)\(rest) (data verify tells why)")
    }
}
