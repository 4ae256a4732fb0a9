// The backend is chosen once, here, and printed: a GPU, else an OpenCL CPU device, else the reference.

package import Diptych

/// The backend of a command.
package struct BackendChoice {
    /// What the graphs run on.
    package let backend: any Backend
    /// The device's name, for records.
    package let device: String
    /// The driver with its version, for records.
    package let driver: String
    /// To what the factors of products are rounded.
    package var precision: Precision { backend.precision }
    /// Whether it is the reference.
    package let isReference: Bool

    /// The word that stands for the reference among devices.
    package static let reference = "reference"

    /// Opens what `device` names: `auto`, `gpu`, `cpu`, `reference`, an index, or a part of a name. `auto` takes
    /// DIPTYCH_DEVICE where it is set, and falls back to the reference where there is no OpenCL device. A graph may hold
    /// `memoryLimit` bytes.
    ///
    /// - Parameter kernels: the kernels forced on an OpenCL device, the last for an operation counting.
    /// - Throws: `UsageError` for an environment variable that means nothing; `OpenCLBackendError.noDevice` where nothing
    ///   is what was asked for, `.precision` where products cannot be what was asked for.
    package init(
        _ device: String, precision: Precision = .float32,
        memoryLimit: Int? = nil, kernels: [ForcedKernel] = [], usesTuning: Bool = true, profiling: Bool = false,
        showsCompilation: Bool = true, on console: Console
    ) throws {
        let environment = try ProgramEnvironment()
        let wanted = device == "auto" ? environment.device ?? device : device
        if wanted == Self.reference {
            try self.init(reference: "", precision, memoryLimit, kernels, on: console)
            return
        }
        var options = environment.openCLOptions
        for kernel in kernels {
            switch kernel {
            case .all(let family): options.kernelFamily = family
            case .one(let operation, let choice): options.kernels[operation] = choice
            }
        }
        (options.precision, options.memoryLimit, options.usesTuning) = (precision, memoryLimit, usesTuning)
        options.trace = environment.trace.map { Trace($0) { console.log($0) } }
        options.profiling = profiling || environment.trace ?? .device >= .timings
        if showsCompilation { options.progress = Self.showCompilation(on: console) }
        do throws(OpenCLBackendError) {
            self.init(try OpenCLBackend(wanted, options), on: console)
        } catch {
            guard case .noDevice = error, wanted == "auto" else { throw error }
            try self.init(
                reference: ", slow: there is no OpenCL device (Debian: apt-get install pocl-opencl-icd)", precision,
                memoryLimit, kernels, on: console)
        }
    }

    private init(
        reference remark: String, _ precision: Precision, _ memoryLimit: Int?, _ kernels: [ForcedKernel],
        on console: Console
    ) throws(OpenCLBackendError) {
        let reference = ReferenceBackend(memoryLimit: memoryLimit)
        guard precision == reference.precision else {
            throw .precision(precision, device: reference.name + remark, reason: "it defines what is right, in float32")
        }
        (backend, device, driver, isReference) = (reference, reference.name, "none", true)
        console.log("device: \(reference.name)\(remark)")
        if !kernels.isEmpty { console.warning("--kernel is ignored: the reference has no kernels to choose from") }
    }

    private init(_ opened: OpenCLBackend, on console: Console) {
        let facts = opened.deviceDescription
        (backend, device, driver, isReference) = (opened, facts.name, facts.driver, false)
        let precision = opened.precision
        console.log("device: \(opened.name)" + (precision == .float32 ? "" : ", products in \(precision.rawValue)"))
        if let problem = opened.tuningProblem { console.warning(problem) }
    }

    private static func showCompilation(on console: Console) -> @Sendable (KernelProgress) -> Void {
        { progress in
            let facts = [(name: "kernel", value: progress.kernel)]
            console.progress(
                Progress("compiling kernels", done: progress.number, total: progress.count, facts: facts))
            if progress.number == progress.count { console.endProgress() }
        }
    }
}
