// A folder for one test, removed with it.

import Glibc
import TensorFiles

/// A new folder under the system's temporary folder; it goes when the value does.
struct ScratchFolder: ~Copyable {
    let path: String

    init() throws {
        path = DurableFile.temporaryPath(beside: "/tmp/scratch") + "-test"
        try DurableFolder.create(path)
    }

    deinit { DurableFolder.remove(path) }

    func file(_ name: String) -> String { path + "/" + name }

    func bytes(_ name: String) throws -> [UInt8] {
        let file = try InputFile(file(name))
        return try file.read(file.byteCount)
    }

    var names: [String] { DurableFolder.names(in: path) }
}
