// What is known of a device, apart from its handle: plain values, so that the choice of a device can be tested.

/// The kind of a device.
package enum DeviceType: String, Sendable {
    case gpu, cpu, accelerator
    /// Claims to be several kinds at once, as oclgrind does.
    case simulator
}

/// Where a device keeps `local` memory.
package enum LocalMemoryType: String, Sendable {
    /// Fast memory of its own.
    case dedicated
    /// A part of ordinary memory, as on a CPU.
    case global
}

/// The properties of a device, as its driver tells them.
package struct DeviceFacts: Hashable, Sendable, CustomStringConvertible {
    /// The place in the list of all devices of all platforms.
    package var index = 0
    package var platformName = ""
    package var platformVersion = ""
    package var name = ""
    package var vendor = ""
    package var driverVersion = ""
    /// `OpenCL 1.2 ...`, as the device says it.
    package var openCLVersion = ""
    package var type = DeviceType.cpu
    package var globalMemoryBytes = 0
    package var maximumAllocationBytes = 0
    package var localMemoryBytes = 0
    package var localMemoryType = LocalMemoryType.dedicated
    /// Whether host and device share one memory.
    package var hasUnifiedMemory = false
    package var computeUnits = 0
    package var clockMegahertz = 0
    package var maximumWorkGroupSize = 0
    package var maximumArgumentBytes = 0
    package var maximumWorkItemSizes: [Int] = []
    package var preferredFloatVectorWidth = 0
    package var nativeFloatVectorWidth = 0
    package var isAvailable = true
    package var hasCompiler = true
    package var isLittleEndian = true

    package init() {}

    /// Whether the device runs on the host's processor cores.
    package var isCPU: Bool { type == .cpu }

    /// Whether built programs are better left to the device's own cache.
    ///
    /// PoCL keeps every kernel for every work-group size; asked for a binary, it compiles all kernels once more for any
    /// size, and later runs those slower ones. oclgrind's compiler also obeys the environment, which we do not see.
    package var isSelfCaching: Bool {
        type == .simulator || platformName == "Portable Computing Language"
    }

    /// Why the device cannot be used, if it cannot.
    package var obstacle: String? {
        if !isAvailable { return "its driver says that it is not available" }
        if !hasCompiler { return "it has no compiler" }
        if !isLittleEndian { return "it is big-endian" }
        if let version = versionNumber, version < (1, 2) { return "it offers \(openCLVersion), and 1.2 is needed" }
        return nil
    }

    /// An estimate of the peak in GFLOP/s from units, clock and usual lanes per unit, to rank devices: no measurement.
    package var score: Int {
        computeUnits * max(clockMegahertz, 1) * lanesPerUnit * 2 / 1000
    }

    /// `1: NVIDIA H200 (NVIDIA CUDA, gpu)`.
    package var description: String { "\(index): \(name) (\(platformName), \(type))" }

    private var lanesPerUnit: Int {
        guard type == .gpu else { return max(nativeFloatVectorWidth, 1) }
        let vendor = vendor.lowercased()
        if vendor.contains("nvidia") { return 128 }
        if vendor.contains("amd") || vendor.contains("advanced micro devices") { return 64 }
        if vendor.contains("intel") { return 8 }
        return 32
    }

    /// Major and minor of `OpenCL 1.2 whatever`.
    private var versionNumber: (Int, Int)? {
        let words = openCLVersion.split(separator: " ")
        guard words.count >= 2 else { return nil }
        let parts = words[1].split(separator: ".").compactMap { Int($0) }
        return parts.count >= 2 ? (parts[0], parts[1]) : nil
    }
}
