// From a file and overrides to the effective configuration.

import Glibc

extension TrainingConfiguration {
    /// The configuration of the YAML in `file` (the defaults where it is nil), changed by the settings of a `preset`,
    /// then by `overrides` such as `optimizer.learningRate=0.0005`.
    ///
    /// Later settings win over earlier ones, all overrides over the preset, and both over the file.
    public init(file: String?, preset: [String] = [], overrides: [String] = []) throws(ConfigurationError) {
        guard let file else {
            try self.init(document: nil, preset: preset, overrides: overrides)
            return
        }
        let bytes = try firstBytes(of: file, ConfigurationNode.byteLimit + 1)
        try self.init(document: try ConfigurationNode.parse(bytes, name: file), preset: preset, overrides: overrides)
    }

    /// The configuration of the text `yaml`, changed by `overrides`; `name` stands for the file in errors.
    public init(yaml: String, name: String = "config.yaml", overrides: [String] = []) throws(ConfigurationError) {
        try self.init(document: try ConfigurationNode.parse(yaml.utf8, name: name), overrides: overrides)
    }

    private init(
        document: ConfigurationNode?, preset: [String] = [], overrides: [String]
    ) throws(ConfigurationError) {
        self.init()
        var layers: [ConfigurationLayer] = []
        if let document { layers.append(try ConfigurationLayer(document: document)) }
        for settings in [preset, overrides] { layers.append(try ConfigurationLayer(overrides: settings)) }
        var assigned: Set<String> = []
        for layer in layers {
            try layer.apply(to: &self)
            assigned.formUnion(layer.values.keys)
        }
        for key in ConfigurationKey.all where !assigned.contains(key.path) { key.derive?(&self) }
        try checkTogether()
    }

    /// Checks what no key can check alone.
    private func checkTogether() throws(ConfigurationError) {
        let weights = [
            objective.contrastive.weight, objective.forwardPredictive.weight, objective.inversePredictive.weight,
        ]
        if weights.allSatisfy({ $0 == 0 }) {
            throw .contradiction(reason: "objective: every weight is 0; give one term a weight > 0")
        }
        if training.steps == nil && training.epochs == nil {
            throw .contradiction(reason: "training: neither steps nor epochs is set; set one")
        }
    }
}

/// What `file` begins with, at most `limit` bytes.
private func firstBytes(of file: String, _ limit: Int) throws(ConfigurationError) -> [UInt8] {
    guard let stream = fopen(file, "rb") else {
        throw .unreadable(file: file, reason: String(cString: strerror(errno)))
    }
    defer { fclose(stream) }
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { $1 = fread($0.baseAddress, 1, limit, stream) }
    if ferror(stream) != 0 { throw .unreadable(file: file, reason: String(cString: strerror(errno))) }
    return bytes
}

/// The keys that one source sets: a file, or the overrides of a command line.
struct ConfigurationLayer {
    /// The node of each key set, by dotted name.
    private(set) var values: [String: ConfigurationNode] = [:]

    /// Collects the keys of a document.
    init(document: ConfigurationNode) throws(ConfigurationError) {
        try collect(document, section: "")
    }

    /// Collects overrides; the last one for a key wins.
    init(overrides: [String]) throws(ConfigurationError) {
        for text in overrides {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { throw .notAnOverride(text) }
            let path = String(text[..<equals])
            let place = ConfigurationPlace.override(text)
            guard ConfigurationKey.named(path) != nil else { throw unknownKey(path, at: place) }
            values[path] = try overrideNode(String(text[text.index(after: equals)...]), place, key: path)
        }
    }

    private mutating func collect(_ node: ConfigurationNode, section: String) throws(ConfigurationError) {
        guard case .mapping(let entries) = node.content else {
            let reason = "\(node.summary) is not a mapping (key: value, one a line)"
            throw section.isEmpty
                ? .syntax(node.place, reason: reason) : .invalidValue(node.place, key: section, reason: reason)
        }
        for entry in entries {
            let path = section.isEmpty ? entry.key : "\(section).\(entry.key)"
            if ConfigurationKey.named(path) != nil {
                guard values.updateValue(entry.value, forKey: path) == nil else {
                    throw .duplicateKey(entry.place, key: path)
                }
            } else if ConfigurationKey.sections.contains(path) {
                if !entry.value.isNull { try collect(entry.value, section: path) }
            } else {
                throw unknownKey(path, at: entry.place)
            }
        }
    }

    /// Stores the values. A length in steps replaces an earlier one in epochs, and the other way round.
    func apply(to configuration: inout TrainingConfiguration) throws(ConfigurationError) {
        let steps = values["training.steps"].map { !$0.isNull } ?? false
        let epochs = values["training.epochs"].map { !$0.isNull } ?? false
        if steps && epochs { throw .contradiction(reason: "training: both steps and epochs are set; set one") }
        if steps { configuration.training.epochs = nil }
        if epochs { configuration.training.steps = nil }
        for key in ConfigurationKey.all {
            if let node = values[key.path] { try key.read(node, &configuration) }
        }
    }
}

/// The value of an override: a list in brackets, or the text as it stands.
private func overrideNode(
    _ text: String, _ place: ConfigurationPlace, key: String
) throws(ConfigurationError) -> ConfigurationNode {
    guard text.hasPrefix("[") else { return ConfigurationNode(.scalar(text, quoted: false), at: place) }
    let list: ConfigurationNode
    do {
        list = try ConfigurationNode.parse(text.utf8, name: key)
    } catch {
        throw .invalidValue(place, key: key, reason: "\(quotedLine(text)) is not a list")
    }
    return ConfigurationNode(list.content, at: place)
}

/// The error for an unknown key, with the known one that looks most like it, by its whole name or by its last part.
private func unknownKey(_ path: String, at place: ConfigurationPlace) -> ConfigurationError {
    let known = ConfigurationKey.all.map(\.path)
    let last = path.split(separator: ".").last.map(String.init) ?? path
    let byLast = Dictionary(known.map { ($0.split(separator: ".").last.map(String.init) ?? $0, $0) }) { first, _ in
        first
    }
    let hint = nearest(to: path, among: known) ?? nearest(to: last, among: byLast.keys.sorted()).flatMap { byLast[$0] }
    return .unknownKey(place, key: path, nearest: hint)
}
