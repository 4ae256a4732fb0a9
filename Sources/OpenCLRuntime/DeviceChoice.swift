// Which device a person means by `--device`, decided on facts alone.

/// A request for a device: `auto`, `gpu`, `cpu`, an index, or a part of a name.
package enum DeviceChoice: Hashable, Sendable, CustomStringConvertible {
    /// The best GPU, else a CPU device, else whatever there is.
    case automatic
    /// The best device of a type.
    case type(DeviceType)
    /// The place in the list of all devices.
    case index(Int)
    /// A part of the name of the device or its platform, in any case of letters.
    case name(String)

    /// Reads a request; every text means something, and an empty one means `auto`.
    package init(_ text: String) {
        switch text.lowercased() {
        case "", "auto": self = .automatic
        case "gpu": self = .type(.gpu)
        case "cpu": self = .type(.cpu)
        default: self = Int(text).map(DeviceChoice.index) ?? .name(text)
        }
    }

    /// As a person writes it.
    package var description: String {
        switch self {
        case .automatic: "auto"
        case .type(let type): type.rawValue
        case .index(let index): String(index)
        case .name(let name): name
        }
    }

    /// The position in `devices` of the device that is meant; of equals, the first.
    ///
    /// - Throws: `noDevice` with the list of those there are; `ambiguousDevice` if a part of a name fits several;
    ///   `unusableDevice` if the only one that fits cannot be used.
    package func pick(from devices: [DeviceFacts]) throws(OpenCLError) -> Int {
        let fitting = candidates(in: devices)
        let usable = fitting.filter { devices[$0].obstacle == nil }
        guard let first = usable.first else {
            if let only = fitting.first, let obstacle = devices[only].obstacle {
                throw .unusableDevice(device: devices[only].description, reason: obstacle)
            }
            throw .noDevice(requested: description, available: devices.map(\.description))
        }
        if case .name = self, usable.count > 1 {
            throw .ambiguousDevice(requested: description, matches: usable.map { devices[$0].description })
        }
        return usable.reduce(first) { isBetter(devices[$1], than: devices[$0]) ? $1 : $0 }
    }

    private func candidates(in devices: [DeviceFacts]) -> [Int] {
        switch self {
        case .automatic: Array(devices.indices)
        case .type(let type): devices.indices.filter { devices[$0].type == type }
        case .index(let index): devices.indices.filter { devices[$0].index == index }
        case .name(let name): named(name, in: devices)
        }
    }

    /// The devices called exactly `name`, else those with it in their name, else those with it in their platform's.
    private func named(_ name: String, in devices: [DeviceFacts]) -> [Int] {
        let name = name.lowercased()
        let exact = devices.indices.filter { devices[$0].name.lowercased() == name }
        guard exact.isEmpty else { return exact }
        let partial = devices.indices.filter { devices[$0].name.lowercased().contains(name) }
        guard partial.isEmpty else { return partial }
        return devices.indices.filter { devices[$0].platformName.lowercased().contains(name) }
    }

    private func isBetter(_ one: DeviceFacts, than other: DeviceFacts) -> Bool {
        (one.type.rank, one.score) > (other.type.rank, other.score)
    }
}

extension DeviceType {
    /// The preference of `auto`.
    fileprivate var rank: Int {
        switch self {
        case .gpu: 3
        case .cpu: 2
        case .accelerator: 1
        case .simulator: 0
        }
    }
}
