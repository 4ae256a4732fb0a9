// `diptych data fetch`: a data set from the network.

import Diptych

/// `diptych data fetch`.
package struct DataFetchCommand: Command {
    /// The data sets that can be fetched.
    package enum Name: String, Sendable, CaseIterable {
        /// Omniglot, from its author's repository.
        case omniglot
    }

    package var dataset = Name.omniglot
    package var folder = ""
    package var address = OmniglotDownload.officialAddress

    package init() {}

    package static let name = "data fetch"
    package static let summary = "Download a data set, checked and resumable"
    package static let discussion = """
        A download that broke off goes on where it stopped. A file takes its name only when
        its size and its checksum are right; a file that is there is never written over.
        """
    package static let operands: [Operand<Self>] = [
        .required("NAME", \.dataset, .choice, "omniglot")
    ]
    package static let options: [Option<Self>] = [
        .required("to", "DIR", \.folder, .path, "the folder; made where it is missing"),
        .value("from", "URL", \.address, .text("an address"), "a mirror with the same files"),
    ]
    package static let examples = [
        Example("diptych data fetch omniglot --to ~/omniglot", "16 MB; then train with --data omniglot:~/omniglot")
    ]

    package func run(on console: Console) throws -> ExitCode {
        try OmniglotDownload(from: address).fetch(to: folder) { progress in
            let (received, whole) = (progress.received / 1024, progress.file.byteCount / 1024)
            console.progress(Progress("\(progress.file.name) (KiB)", done: received, total: whole))
        }
        console.endProgress()
        console.log("omniglot is in \(folder)")
        return .done
    }
}
