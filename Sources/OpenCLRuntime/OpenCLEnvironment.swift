// What must be right around the process before its first OpenCL call: a kernel cache of our own, whole and writable.

import FoundationEssentials
import Glibc
import Synchronization

/// The process's side of OpenCL: `prepare` comes before anything else of this room, `seal` at a quiet moment.
package enum OpenCLEnvironment {
    private static let slot = Mutex<CacheSlot?>(nil)
    private static let variable = "POCL_CACHE_DIR"

    /// Gives PoCL a kernel cache under `cacheFolder`, unless POCL_CACHE_DIR already names one.
    ///
    /// PoCL aborts the process on a truncated cache file, and hides its device if it cannot make the folder. So the
    /// folder is tried, it is ours alone, and what is not as it was when last sealed is removed. Later calls do nothing.
    /// - Throws: `cacheNotWritable`.
    package static func prepare(cacheFolder: String) throws(OpenCLError) {
        let result: Result<Void, OpenCLError> = slot.withLock { slot in
            guard slot == nil else { return .success(()) }
            do throws(OpenCLError) {
                slot = try claimSlot(in: cacheFolder)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Records PoCL's compiled kernels as whole.
    ///
    /// To be called while nothing is being compiled: after the first step, and at the end. What is compiled later is
    /// compiled again next time; a process that dies before its first seal leaves a cache that nobody trusts.
    package static func seal() {
        slot.withLock { $0?.seal() }
    }

    private static func claimSlot(in cacheFolder: String) throws(OpenCLError) -> CacheSlot? {
        if let chosen = getenv(variable).map({ String(cString: $0) }), !CacheSlot.isSlot(chosen) {
            try CacheFolder(path: chosen).makeWritable()
            return nil
        }
        let slot = try CacheSlot(claimedIn: cacheFolder + "/pocl")
        setenv(variable, slot.path, 1)
        // A normal end without a seal: what was trusted before has not killed this process either.
        atexit { OpenCLEnvironment.slot.withLock { $0?.restore() } }
        return slot
    }
}
