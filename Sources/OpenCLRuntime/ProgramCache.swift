// Built programs on disk, so that a second run does not compile.

import COpenCL
import FoundationEssentials

/// A folder of built programs, one file each; several processes may share it.
///
/// A damaged or foreign entry counts as absent and is replaced; a failure to write is no failure of the build.
package struct ProgramCache: Sendable {
    /// The folder with the entries.
    package let folder: String
    private let includesSelfCaching: Bool

    /// Uses `folder`, which is made when the first entry is stored.
    ///
    /// Devices that remember their programs better themselves are left alone, unless a test says otherwise.
    package init(folder: String, includesSelfCaching: Bool = false) {
        self.folder = folder
        self.includesSelfCaching = includesSelfCaching
    }

    private func serves(_ device: DeviceFacts) -> Bool {
        includesSelfCaching || !device.isSelfCaching
    }

    /// A handle of the stored program; nil if there is none, or none that is whole.
    func load(_ text: ProgramText, for context: Context) -> cl_program? {
        guard serves(context.device.facts) else { return nil }
        let key = ProgramKey(text, on: context.device.facts)
        guard let file = FileManager.default.contents(atPath: path(of: key)),
            let entry = ProgramEntry(fileBytes: [UInt8](file)), entry.key == key.text
        else { return nil }
        return text.restore(entry.binary, for: context)
    }

    /// Stores what the driver made, under a name of its own first, then renamed in one step.
    func store(_ handle: cl_program, _ text: ProgramText, for context: Context) {
        guard serves(context.device.facts) else { return }
        let key = ProgramKey(text, on: context.device.facts)
        guard let binary = try? binary(of: handle), !binary.isEmpty else { return }
        let bytes = ProgramEntry(key: key.text, binary: binary).fileBytes
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? Data(bytes).write(to: URL(fileURLWithPath: path(of: key)), options: .atomic)
    }

    private func path(of key: ProgramKey) -> String {
        folder + "/" + key.fileName
    }

    private func binary(of handle: cl_program) throws(OpenCLError) -> [UInt8] {
        let byteCount = try queryValue("clGetProgramInfo", of: "the size of a built program", initial: 0) {
            clGetProgramInfo(handle, cl_program_info(CL_PROGRAM_BINARY_SIZES), $0, $1, $2)
        }
        var binary = [UInt8](repeating: 0, count: byteCount)
        guard byteCount > 0 else { return [] }
        try check("clGetProgramInfo", during: "reading of a built program") {
            binary.withUnsafeMutableBufferPointer { bytes in
                var start = bytes.baseAddress
                let size = MemoryLayout<UnsafeMutablePointer<UInt8>?>.size
                return clGetProgramInfo(handle, cl_program_info(CL_PROGRAM_BINARIES), size, &start, nil)
            }
        }
        return binary
    }
}
