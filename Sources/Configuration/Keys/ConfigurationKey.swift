// One key of the configuration: name, meaning, and the way between a YAML node and a value.

/// One key. The table of all keys, `ConfigurationKey.all`, drives reading, overrides, defaults, writing and help.
package struct ConfigurationKey: Sendable {
    /// The dotted name: `optimizer.learningRate`.
    package let path: String
    /// What the value decides, in a few words.
    package let summary: String
    /// What is allowed, in words.
    package let allowed: String
    /// Stores the value of a node.
    package let read: @Sendable (ConfigurationNode, inout TrainingConfiguration) throws(ConfigurationError) -> Void
    /// The value as YAML on one line.
    package let write: @Sendable (TrainingConfiguration) -> String
    /// Sets the value that follows from other keys where nobody set this one.
    let derive: (@Sendable (inout TrainingConfiguration) -> Void)?

    /// Makes the key of the value at `place`; `derived` tells its default where that depends on other keys.
    init<Value: Sendable>(
        _ path: String, _ place: any WritableKeyPath<TrainingConfiguration, Value> & Sendable,
        _ rule: ValueRule<Value>, _ summary: String,
        derived: (@Sendable (TrainingConfiguration) -> Value)? = nil
    ) {
        self.path = path
        self.summary = summary
        allowed = rule.allowed
        read = { node, configuration throws(ConfigurationError) in
            do throws(ValueRefusal) {
                configuration[keyPath: place] = try rule.read(node)
            } catch {
                throw .invalidValue(node.place, key: path, reason: error.reason)
            }
        }
        write = { rule.write($0[keyPath: place]) }
        if let derived {
            derive = { configuration in configuration[keyPath: place] = derived(configuration) }
        } else {
            derive = nil
        }
    }

    /// The key of that dotted name.
    package static func named(_ path: String) -> ConfigurationKey? {
        byPath[path]
    }

    /// The default as YAML on one line.
    package var defaultText: String { write(TrainingConfiguration()) }

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    /// Every name above a key: `objective`, `objective.contrastive`.
    static let sections: Set<String> = Set(
        all.flatMap { key in
            let parts = key.path.split(separator: ".")
            return (1..<max(parts.count, 1)).map { parts.prefix($0).joined(separator: ".") }
        })
}
