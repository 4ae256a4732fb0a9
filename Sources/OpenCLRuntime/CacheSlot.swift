// A kernel cache that belongs to this process alone as long as it lives, and to the next one afterwards.

import FoundationEssentials
import Glibc

/// One of several equal cache folders, `pocl/0`, `pocl/1` ...: a process takes the first that no living one holds.
///
/// So nobody reads what another is writing, and a damaged program can be removed at any time before the first call.
/// While a process has not yet sealed, there is no list of whole files on disk: if a file kills it after all, the next
/// one starts from nothing instead of dying the same way.
package final class CacheSlot {
    private let folder: CacheFolder
    private let manifest: CacheManifest
    private let lock: Int32
    private var withdrawn: String?

    /// Takes the first free slot in the folder `parent`, and removes what is not as it was when last sealed.
    package init(claimedIn parent: String) throws(OpenCLError) {
        let parent = CacheFolder(path: parent)
        try parent.makeWritable()
        let (number, lock) = try Self.firstFreeSlot(in: parent)
        self.lock = lock
        folder = CacheFolder(path: parent.path + "/\(number)")
        manifest = CacheManifest(file: folder.path + ".manifest")
        try folder.makeWritable()
        withdrawn = manifest.withdraw()
        manifest.removeUnlisted(by: withdrawn ?? "", from: folder)
    }

    /// A child on its way to `exec` holds a copy of the descriptor, which `close` would leave locked.
    deinit {
        restore()
        flock(lock, LOCK_UN)
        close(lock)
    }

    /// The folder for the driver.
    package var path: String { folder.path }

    /// Whether `path` is a slot that some process has made, as a child finds it in its environment.
    static func isSlot(_ path: String) -> Bool {
        access(path + ".lock", F_OK) == 0
    }

    /// Records every file as it is now.
    package func seal() {
        manifest.record(folder)
        withdrawn = nil
    }

    /// Puts the list back that was on disk before, if no new one was written.
    func restore() {
        guard let withdrawn else { return }
        manifest.write(withdrawn)
        self.withdrawn = nil
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
