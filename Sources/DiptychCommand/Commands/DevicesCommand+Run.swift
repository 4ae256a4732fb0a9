// `diptych devices`: the list, and which one would be chosen.

import Diptych

extension DevicesCommand: Command {
    package func run(on console: Console) throws -> ExitCode {
        let environment = try ProgramEnvironment()
        let devices = try OpenCLBackend.devices(environment.openCLOptions)
        let chosen = try BackendChoice.chosenIndex(device, environment)
        if json {
            try printJSON(devices, chosen)
        } else {
            try printTable(devices, chosen)
            console.log("* would be chosen by --device \(device)")
        }
        return .done
    }

    private func printTable(_ devices: [DeviceDescription], _ chosen: Int?) throws {
        var table = Table([
            .text(""), .number("index"), .text("type"), .text("name"), .text("platform"), .text("driver"),
            .number("memory"), .number("score"), .number("tuned"),
        ])
        for device in devices {
            table.add([
                device.index == chosen ? "*" : "", String(device.index), device.type, device.name, device.platform,
                device.driver, "\(device.memoryBytes >> 20) MiB", device.obstacle ?? String(device.score),
                String(device.tunedKernels),
            ])
        }
        table.add([chosen == nil ? "*" : "", "", "cpu", BackendChoice.reference, "Diptych", "", "", "0", ""])
        try StandardOutput.line(table.text)
    }

    private func printJSON(_ devices: [DeviceDescription], _ chosen: Int?) throws {
        let listed = devices.map { device -> JSONValue in
            [
                "index": .integer(device.index), "type": .string(device.type), "name": .string(device.name),
                "platform": .string(device.platform), "driver": .string(device.driver),
                "memoryBytes": .integer(device.memoryBytes), "score": .integer(device.score),
                "tunedKernels": .integer(device.tunedKernels), "chosen": .bool(device.index == chosen),
            ]
        }
        let reference: JSONValue = [
            "index": nil, "type": "cpu", "name": .string(BackendChoice.reference), "platform": "Diptych",
            "driver": "none", "memoryBytes": nil, "score": 0, "tunedKernels": 0, "chosen": .bool(chosen == nil),
        ]
        try StandardOutput.line(JSONValue.array(listed + [reference]).line)
    }
}

extension BackendChoice {
    /// The index of the device that `device` names, `nil` for the reference.
    static func chosenIndex(_ device: String, _ environment: ProgramEnvironment) throws -> Int? {
        let wanted = device == "auto" ? environment.device ?? device : device
        if wanted == reference { return nil }
        do throws(OpenCLBackendError) {
            return try OpenCLBackend(wanted, environment.openCLOptions).deviceDescription.index
        } catch {
            guard case .noDevice = error, wanted == "auto" else { throw error }
            return nil
        }
    }
}
