// What a user may choose about the OpenCL backend.

public import TensorCore

/// Choices for an OpenCL backend; the defaults are those of normal use.
public struct OpenCLOptions: Sendable {
    /// The folder for compiled kernels and measured choices; made if need be.
    public var cacheFolder: String
    /// A folder of kernel files to be used instead of the embedded ones, for development.
    public var kernelFolder: String?
    /// The kernels forced for all operations that have a choice, but for those in `kernels`.
    public var kernelFamily: KernelFamily?
    /// Kernels forced for operations, by the operation's name (`convolution`).
    public var kernels: [String: KernelChoice] = [:]
    /// To what the factors of matrix products and convolutions are rounded: to less than float32 only where the device
    /// has tensor cores that its compiler lets us reach.
    public var precision = Precision.float32
    /// Whether the choices that `diptych tune` measured on this device are used; else those that are shipped.
    public var usesTuning = true
    /// Whether chains of nodes become one launch where they can.
    public var fusion = true
    /// Whether large results that are cheap to make are made again for their far uses instead of being kept.
    public var recomputation = true
    /// The most bytes that the plan of a graph may hold; without one, what the device has.
    public var memoryLimit: Int?
    /// The most scratch memory of a launch that can do its work in chunks, in bytes; without one, what is shipped.
    public var chunkBytes: Int?
    /// How many cores or multiprocessors launches are planned for; without one, as many as the device has.
    public var computeUnits: Int?
    /// The most work-groups of a launch along its second and its third dimension; without one, as many as the device takes.
    public var mostGroups: Int?
    /// Whether each call is timed, see `OpenCLProgram.profile`.
    public var profiling = false
    /// Whether memory is filled with NaN and guarded behind its end, so that reading what nobody wrote, and writing
    /// outside of a value, is found out; for tests.
    public var canaries = false
    /// Told what the backend does, for development.
    public var trace: Trace?
    /// Told of progress while kernels are compiled, which may take a minute when it is done for the first time.
    public var progress: (@Sendable (KernelProgress) -> Void)?

    /// Makes the usual choices.
    public init(cacheFolder: String) {
        self.cacheFolder = cacheFolder
    }
}

/// How far the compilation of a graph's kernels is.
public struct KernelProgress: Hashable, Sendable, CustomStringConvertible {
    /// The kernel that is compiled now.
    public let kernel: String
    /// Its number, from 1 on.
    public let number: Int
    /// How many there are.
    public let count: Int

    /// `compiling kernel 3 of 41: convolution`.
    public var description: String { "compiling kernel \(number) of \(count): \(kernel)" }
}
