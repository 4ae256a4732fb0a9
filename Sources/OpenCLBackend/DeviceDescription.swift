// The devices of this machine as plain values, for lists and messages.

import OpenCLRuntime
public import TensorCore

/// An OpenCL device of this machine.
public struct DeviceDescription: Hashable, Sendable {
    /// Its place in the list of all devices.
    public let index: Int
    /// The platform's name: `Portable Computing Language`.
    public let platform: String
    /// The device's name.
    public let name: String
    /// `gpu`, `cpu`, `accelerator` or `simulator`.
    public let type: String
    /// The version of its driver.
    public let driver: String
    /// Its memory in bytes.
    public let memoryBytes: Int
    /// The number of cores or multiprocessors.
    public let computeUnits: Int
    /// An estimate of its peak in GFLOP/s from units, clock and lanes; no measurement.
    public let score: Int
    /// How many choices of kernels were measured on it.
    public let tunedKernels: Int
    /// Why it cannot be used, if it cannot.
    public let obstacle: String?

    init(_ facts: DeviceFacts, tunedKernels: Int) {
        self.tunedKernels = tunedKernels
        (index, platform, name, type) = (facts.index, facts.platformName, facts.name, facts.type.rawValue)
        (driver, memoryBytes, computeUnits) = (facts.driverVersion, facts.globalMemoryBytes, facts.computeUnits)
        (score, obstacle) = (facts.score, facts.obstacle)
    }
}

/// Why there is no OpenCL backend.
public enum OpenCLBackendError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No usable device is what was asked for; the reason names those there are.
    case noDevice(reason: String)
    /// The folder for compiled kernels cannot be used.
    case cacheFolder(reason: String)
    /// The folder of kernels that should replace the embedded ones lacks one of them.
    case kernelFolder(folder: String, file: String)
    /// The device cannot round the factors of products to what is asked for, for the reason given.
    case precision(Precision, device: String, reason: String)
    /// The driver failed.
    case driver(reason: String)

    /// One line of facts.
    public var description: String {
        switch self {
        case .noDevice(let reason), .cacheFolder(let reason), .driver(let reason): reason
        case .precision(let precision, let device, let reason):
            "\(device) does not multiply in \(precision.rawValue): \(reason); float32 works everywhere"
        case .kernelFolder(let folder, let file): "the kernel folder \(folder) has no readable file \(file)"
        }
    }

    init(_ error: OpenCLError) {
        switch error {
        case .noDevice, .ambiguousDevice, .unusableDevice: self = .noDevice(reason: error.description)
        case .cacheNotWritable: self = .cacheFolder(reason: error.description)
        case .callFailed, .buildFailed, .bufferTooLarge: self = .driver(reason: error.description)
        }
    }
}
