// What can be wrong with a configuration, with the place and what would be right.

/// A configuration that cannot be used.
public enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be read, for the reason of the operating system.
    case unreadable(file: String, reason: String)
    /// The file holds more than `limit` bytes.
    case tooLarge(file: String, limit: Int)
    /// The text is not YAML, or YAML that a configuration does not use (aliases, tags, several documents).
    case syntax(ConfigurationPlace, reason: String)
    /// A key stands a second time.
    case duplicateKey(ConfigurationPlace, key: String)
    /// No such key; `nearest` is the known one that looks most like it.
    case unknownKey(ConfigurationPlace, key: String, nearest: String?)
    /// A value of the wrong type, outside its range, or none of the choices; `reason` says what is allowed.
    case invalidValue(ConfigurationPlace, key: String, reason: String)
    /// An override that is not `key=value`.
    case notAnOverride(String)
    /// Values that are right one by one and wrong together.
    case contradiction(reason: String)

    /// Whether the fault lies in a file (and not in an override on the command line).
    public var liesInFile: Bool {
        switch self {
        case .unreadable, .tooLarge: true
        case .syntax(let place, _), .duplicateKey(let place, _), .unknownKey(let place, _, _),
            .invalidValue(let place, _, _):
            if case .file = place { true } else { false }
        case .notAnOverride, .contradiction: false
        }
    }

    /// One line: `run.yaml:3:11: objective.contrastive.kind: 'ntxent' is none of ...`.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .tooLarge(let file, let limit): "\(file): a configuration holds at most \(limit) bytes"
        case .syntax(let place, let reason): "\(place): \(reason)"
        case .duplicateKey(let place, let key): "\(prefix(place))\(quotedLine(key)) stands twice; keep one"
        case .unknownKey(let place, let key, let nearest):
            "\(prefix(place))no key \(quotedLine(key))" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
        case .invalidValue(let place, let key, let reason): "\(prefix(place))\(key): \(reason)"
        case .notAnOverride(let text): "\(quotedLine(text)) is no override; write key=value"
        case .contradiction(let reason): reason
        }
    }

    private func prefix(_ place: ConfigurationPlace) -> String {
        if case .file = place { "\(place): " } else { "" }
    }
}
