// A process's kernel cache from beginning to end, each process for itself: warm, damaged, unwritable, without a device.

import Foundation
import OpenCLRuntime
import Testing

@Suite("Environment of a process", .requiresOpenCL, .serialized)
struct EnvironmentTests {
    private let folder = TemporaryFolder()
    private var cache: String { folder.path }

    @Test func aTruncatedKernelCacheIsRebuiltAndTheProcessLives() async throws {
        await runKernelInAProcessOfItsOwn()
        let files = compiledFiles()
        #expect(try files.count >= 2 || OpenCLAvailability.device().platformName != "Portable Computing Language")
        for keep in [2, 0] {
            for file in files {
                let bytes = try #require(FileManager.default.contents(atPath: file))
                try bytes.prefix(keep == 0 ? 0 : bytes.count / keep).write(to: URL(fileURLWithPath: file))
            }
            await runKernelInAProcessOfItsOwn()
            #expect(compiledFiles() == files)
        }
    }

    @Test func whatWasSealedIsFoundAgain() async throws {
        await runKernelInAProcessOfItsOwn()
        let before = dates()
        await runKernelInAProcessOfItsOwn()
        #expect(dates() == before)
    }

    @Test func aProcessThatDiesBeforeItsSealLeavesNothingTrusted() async throws {
        await runKernelInAProcessOfItsOwn()
        let before = dates()
        await #expect(processExitsWith: .signal(SIGKILL)) { [cache = cache as String] in
            unsetenv("POCL_CACHE_DIR")
            try OpenCLEnvironment.prepare(cacheFolder: cache)
            kill(getpid(), SIGKILL)
        }
        await runKernelInAProcessOfItsOwn()
        #expect(dates().keys == before.keys)
        #expect(before.allSatisfy { file, date in dates()[file] != date })
    }

    @Test func aNormalEndWithoutASealKeepsWhatWasTrusted() async throws {
        await runKernelInAProcessOfItsOwn()
        let before = dates()
        await #expect(processExitsWith: .exitCode(1)) { [cache = cache as String] in
            unsetenv("POCL_CACHE_DIR")
            try OpenCLEnvironment.prepare(cacheFolder: cache)
            exit(1)
        }
        await runKernelInAProcessOfItsOwn()
        #expect(dates() == before)
    }

    @Test func anUnwritableFolderIsAFactAndNotAMissingDevice() async {
        await #expect(processExitsWith: .success) {
            unsetenv("POCL_CACHE_DIR")
            let error = #expect(throws: OpenCLError.self) {
                try OpenCLEnvironment.prepare(cacheFolder: "/dev/null/cache")
            }
            let expected = OpenCLError.cacheNotWritable(path: "/dev/null/cache/pocl", reason: "Not a directory")
            try #require(error == expected)
        }
    }

    @Test func aChosenPoCLFolderIsKeptAndTried() async {
        await #expect(processExitsWith: .success) { [cache = cache as String] in
            setenv("POCL_CACHE_DIR", cache + "/chosen", 1)
            try OpenCLEnvironment.prepare(cacheFolder: "/dev/null/cache")
            try #require(getenv("POCL_CACHE_DIR").map { String(cString: $0) } == cache + "/chosen")
            try #require(FileManager.default.fileExists(atPath: cache + "/chosen"))
        }
        await #expect(processExitsWith: .success) {
            setenv("POCL_CACHE_DIR", "/dev/null/chosen", 1)
            #expect(throws: OpenCLError.self) { try OpenCLEnvironment.prepare(cacheFolder: "/tmp") }
        }
    }

    @Test func aChildDoesNotWorkInItsParentsFolder() async {
        await #expect(processExitsWith: .success) { [cache = cache as String] in
            let parent = try CacheSlot(claimedIn: cache + "/pocl")
            setenv("POCL_CACHE_DIR", parent.path, 1)
            try OpenCLEnvironment.prepare(cacheFolder: cache)
            try #require(getenv("POCL_CACHE_DIR").map { String(cString: $0) } == cache + "/pocl/1")
            withExtendedLifetime(parent) {}
        }
    }

    /// A simulator is there without a driver, and it alone.
    @Test func aMachineWithoutADriverHasNoDevice() async {
        await #expect(processExitsWith: .success) { [isSimulated = Self.isSimulated as Bool] in
            setenv("OCL_ICD_VENDORS", "/nonexistent", 1)
            let devices = try Device.all()
            if isSimulated {
                try #require(!devices.isEmpty && devices.allSatisfy { $0.type == .simulator })
                return
            }
            try #require(devices.isEmpty)
            let error = #expect(throws: OpenCLError.self) { try Device.choose(.automatic) }
            try #require(error == .noDevice(requested: "auto", available: []))
        }
    }

    private func runKernelInAProcessOfItsOwn() async {
        await #expect(processExitsWith: .success) { [cache = cache as String] in
            unsetenv("POCL_CACHE_DIR")
            try OpenCLEnvironment.prepare(cacheFolder: cache)
            let bench = try Workbench(context: Context(Device.choose(.automatic)))
            let kernel = try bench.kernel("scale", scaleText)
            let buffer = try bench.buffer([1, 2, 3])
            try kernel.setArguments([.buffer(buffer), .float(2), .float(1)])
            try bench.queue.enqueue(kernel, global: [3])
            try #require(try bench.floats(buffer) == [3, 5, 7])
            OpenCLEnvironment.seal()
        }
    }

    /// What PoCL has compiled, apart from its empty marks; nothing on another driver.
    private func compiledFiles() -> [String] {
        let slot = cache + "/pocl/0"
        let files = FileManager.default.subpaths(atPath: slot) ?? []
        return files.filter { $0.hasSuffix(".so") || $0.hasSuffix(".bc") }.map { slot + "/" + $0 }.sorted()
    }

    private func dates() -> [String: Date] {
        var dates: [String: Date] = [:]
        for file in compiledFiles() {
            dates[file] = (try? FileManager.default.attributesOfItem(atPath: file))?[.modificationDate] as? Date
        }
        return dates
    }

    private static let isSimulated = (try? OpenCLAvailability.device().type) == .simulator
}
