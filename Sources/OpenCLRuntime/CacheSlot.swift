// A kernel cache that belongs to this process alone as long as it lives, and to the next one afterwards.

import Foundation

/// One of several equal cache folders, `pocl/0`, `pocl/1` ...: a process takes the first that no living one holds.
///
/// So nobody reads what another is writing, and a damaged program can be removed at any time before the first call.
final class CacheSlot: Sendable {
    /// The folder for the driver.
    let folder: CacheFolder
    private let manifest: CacheManifest
    private let lock: Int32

    /// Takes the first free slot in `parent`, and removes from it what is not as it was when last sealed.
    init(claimedIn parent: CacheFolder) throws(OpenCLError) {
        try parent.makeWritable()
        let (number, lock) = try Self.firstFreeSlot(in: parent)
        self.lock = lock
        folder = parent.child(String(number))
        manifest = CacheManifest(file: parent.path + "/\(number).manifest")
        try folder.makeWritable()
        manifest.removeUnsealed(from: folder)
    }

    deinit { close(lock) }

    /// Records every file as it is now.
    func seal() {
        manifest.record(folder)
    }

    /// The lock ends with the process, however it ends; a child process does not inherit it.
    private static func firstFreeSlot(in parent: CacheFolder) throws(OpenCLError) -> (number: Int, lock: Int32) {
        let most = 64
        for number in 0..<most {
            let file = open(parent.path + "/\(number).lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw parent.failure() }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return (number, file) }
            let isHeld = errno == EWOULDBLOCK
            let failure = parent.failure()
            close(file)
            guard isHeld else { throw failure }
        }
        throw .cacheNotWritable(path: parent.path, reason: "\(most) processes already use it")
    }
}
