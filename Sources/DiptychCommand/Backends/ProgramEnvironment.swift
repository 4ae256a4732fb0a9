// What the program takes from environment variables; no other part of it reads them.

package import Diptych
import FoundationEssentials

/// The choices made by environment variables.
package struct ProgramEnvironment: Sendable {
    /// `DIPTYCH_DEVICE`: the device where no option names one.
    package let device: String?
    /// `DIPTYCH_CACHE`: the folder for compiled kernels and tuning; else `diptych` in the XDG cache folder.
    package let cacheFolder: String
    /// `HOME`, which `~` stands for.
    package let home: String
    /// `DIPTYCH_KERNELS`: a folder of kernels that replaces the embedded ones, for development.
    package let kernelFolder: String?
    /// `DIPTYCH_TRACE`: 1 device, 2 plan, 3 timings, 4 kernel source; `nil` where it is none of these.
    package let trace: TraceLevel?

    /// Reads the choices from `variables`.
    package init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        device = value("DIPTYCH_DEVICE")
        kernelFolder = value("DIPTYCH_KERNELS")
        trace = value("DIPTYCH_TRACE").flatMap { Int($0) }.flatMap(TraceLevel.init)
        home = value("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
        cacheFolder = value("DIPTYCH_CACHE") ?? (value("XDG_CACHE_HOME") ?? home + "/.cache") + "/diptych"
    }

    /// The options of an OpenCL backend that follow from them.
    var openCLOptions: OpenCLOptions {
        var options = OpenCLOptions(cacheFolder: cacheFolder)
        options.kernelFolder = kernelFolder
        return options
    }
}
