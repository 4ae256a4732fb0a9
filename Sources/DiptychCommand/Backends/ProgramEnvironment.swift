// What the program takes from environment variables; no other part of it reads them.

package import Diptych
import FoundationEssentials

/// The choices made by environment variables.
package struct ProgramEnvironment: Sendable {
    /// `DIPTYCH_DEVICE`: the device where no option names one.
    package let device: String?
    /// `DIPTYCH_CACHE`: the folder for compiled kernels and tuning; else `diptych` in the XDG cache folder.
    package let cacheFolder: String
    /// `DIPTYCH_KERNELS`: a folder of kernels that replaces the embedded ones, for development.
    package let kernelFolder: String?
    /// `DIPTYCH_TRACE`: 1 device, 2 plan, 3 timings, 4 kernel source; `nil` for 0.
    package let trace: TraceLevel?

    /// The variables that the program reads, with their meanings, for the help; OpenCL's drivers read more.
    package static let variables: [(name: String, meaning: String)] = [
        ("DIPTYCH_DEVICE", "the device where no option names one"),
        (
            "DIPTYCH_CACHE",
            "folder for compiled kernels and what `tune` measured (default: diptych in XDG_CACHE_HOME, or in ~/.cache)"
        ),
        ("DIPTYCH_KERNELS", "folder of kernels to use instead of those in the program"),
        ("DIPTYCH_TRACE", "what is told of the device: 1 choices, 2 plan, 3 timings, 4 kernel source; 0 nothing"),
        ("POCL_CACHE_DIR", "folder for what PoCL compiles, instead of one in DIPTYCH_CACHE"),
        ("OCL_ICD_VENDORS", "where OpenCL's loader looks for drivers: a folder of .icd files, or a library"),
        ("NO_COLOR", "where it is set and not empty, messages have no colours"),
    ]

    /// Reads the choices from `variables`.
    ///
    /// - Throws: `UsageError` for a level of the trace that there is not.
    package init(_ variables: [String: String] = ProcessInfo.processInfo.environment) throws(UsageError) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        device = value("DIPTYCH_DEVICE")
        kernelFolder = value("DIPTYCH_KERNELS")
        let level = value("DIPTYCH_TRACE") ?? "0"
        trace = Int(level).flatMap(TraceLevel.init)
        guard trace != nil || level == "0" else {
            throw .invalidVariable("DIPTYCH_TRACE", reason: "\(quotedLine(level)) is not a whole number from 0 to 4")
        }
        cacheFolder =
            value("DIPTYCH_CACHE") ?? (value("XDG_CACHE_HOME") ?? Self.home(variables) + "/.cache") + "/diptych"
    }

    /// `HOME`, which `~` stands for.
    package static func home(_ variables: [String: String] = ProcessInfo.processInfo.environment) -> String {
        variables["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? FileManager.default.homeDirectoryForCurrentUser.path
    }

    /// The options of an OpenCL backend that follow from them.
    var openCLOptions: OpenCLOptions {
        var options = OpenCLOptions(cacheFolder: cacheFolder)
        options.kernelFolder = kernelFolder
        return options
    }
}
