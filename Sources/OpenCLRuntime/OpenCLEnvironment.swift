// What must be right around the process before its first OpenCL call: a kernel cache of our own, whole and writable.

import Foundation
import Synchronization

/// The process's side of OpenCL: call `prepare` before anything else of this room, and `seal` at a quiet moment.
package enum OpenCLEnvironment {
    private static let slot = Mutex<CacheSlot?>(nil)

    /// Gives PoCL a kernel cache under `cacheFolder`, unless POCL_CACHE_DIR already names one.
    ///
    /// PoCL aborts the process on a truncated cache file, and hides its device if it cannot make the folder. So the
    /// folder is tried, it is ours alone, and what is not as it was when last sealed is removed. Later calls do nothing.
    /// - Throws: `cacheNotWritable`.
    package static func prepare(cacheFolder: String) throws(OpenCLError) {
        // The state is taken out of the lock and put back, since its closure cannot throw a typed error.
        let result: Result<Void, OpenCLError> = slot.withLock { slot in
            guard slot == nil else { return .success(()) }
            do throws(OpenCLError) {
                slot = try claimFolder(in: cacheFolder)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Records PoCL's compiled kernels as whole; what is compiled after the last call is compiled again next time.
    ///
    /// To be called while nothing is being compiled: after the first step, and at the end.
    package static func seal() {
        slot.withLock { $0?.seal() }
    }

    private static func claimFolder(in cacheFolder: String) throws(OpenCLError) -> CacheSlot? {
        if let chosen = getenv(variable) {
            try CacheFolder(path: String(cString: chosen)).makeWritable()
            return nil
        }
        let slot = try CacheSlot(claimedIn: CacheFolder(path: cacheFolder).child("pocl"))
        setenv(variable, slot.folder.path, 1)
        return slot
    }

    private static let variable = "POCL_CACHE_DIR"
}
