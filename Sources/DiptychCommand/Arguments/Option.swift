// The options and operands of a command: name, meaning, and where the value is stored.

package import Configuration

/// An option: `--name VALUE`, `--name=VALUE`, or a flag `--name`.
package struct Option<Root>: Sendable {
    /// The name without dashes.
    package let name: String
    /// What stands for the value in the help; nil for a flag.
    package let placeholder: String?
    /// What it does.
    package let summary: String
    /// Whether the command cannot do without.
    package let isRequired: Bool
    /// The default as shown in the help, where there is one.
    package let defaultText: String?
    /// Stores a value.
    let store: @Sendable (String, inout Root) throws(ValueRefusal) -> Void
}

/// An argument without a name.
package struct Operand<Root>: Sendable {
    /// What stands for it in the help.
    package let placeholder: String
    /// What it is.
    package let summary: String
    /// Whether the command cannot do without.
    package let isRequired: Bool
    /// Stores a value.
    let store: @Sendable (String, inout Root) throws(ValueRefusal) -> Void
}

/// Where the `key=value` arguments of a command are collected.
package struct OverridePlace<Root>: Sendable {
    let place: any WritableKeyPath<Root, [String]> & Sendable

    package init(place: any WritableKeyPath<Root, [String]> & Sendable) {
        self.place = place
    }
}

extension Option where Root: CommandInterface {
    /// An option whose value `rule` reads, with the default of `Root()`.
    package static func value<Value>(
        _ name: String, _ placeholder: String, _ place: any WritableKeyPath<Root, Value> & Sendable,
        _ rule: ValueRule<Value>, _ summary: String
    ) -> Self {
        Self(
            name: name, placeholder: placeholder, summary: summary, isRequired: false,
            defaultText: rule.write(Root()[keyPath: place])
        ) { text, root throws(ValueRefusal) in
            root[keyPath: place] = try rule.read(ConfigurationNode(text))
        }
    }

    /// An option that need not be given: nil without it.
    package static func optional<Value>(
        _ name: String, _ placeholder: String, _ place: any WritableKeyPath<Root, Value?> & Sendable,
        _ rule: ValueRule<Value>, _ summary: String
    ) -> Self {
        Self(name: name, placeholder: placeholder, summary: summary, isRequired: false, defaultText: nil) {
            text, root throws(ValueRefusal) in
            root[keyPath: place] = try rule.read(ConfigurationNode(text))
        }
    }

    /// An option that may be given several times; the values stand in their order.
    package static func list<Value>(
        _ name: String, _ placeholder: String, _ place: any WritableKeyPath<Root, [Value]> & Sendable,
        _ rule: ValueRule<Value>, _ summary: String
    ) -> Self {
        Self(
            name: name, placeholder: placeholder, summary: summary + "; may be given again", isRequired: false,
            defaultText: nil
        ) { text, root throws(ValueRefusal) in
            root[keyPath: place].append(try rule.read(ConfigurationNode(text)))
        }
    }

    /// An option that must be given.
    package static func required<Value>(
        _ name: String, _ placeholder: String, _ place: any WritableKeyPath<Root, Value> & Sendable,
        _ rule: ValueRule<Value>, _ summary: String
    ) -> Self {
        Self(name: name, placeholder: placeholder, summary: summary, isRequired: true, defaultText: nil) {
            text, root throws(ValueRefusal) in
            root[keyPath: place] = try rule.read(ConfigurationNode(text))
        }
    }

    /// A flag: true where given.
    package static func flag(
        _ name: String, _ place: any WritableKeyPath<Root, Bool> & Sendable, _ summary: String
    ) -> Self {
        Self(name: name, placeholder: nil, summary: summary, isRequired: false, defaultText: nil) { _, root in
            root[keyPath: place] = true
        }
    }

    /// A short name for the override `key=VALUE`; its value is checked with the configuration.
    package static func override(
        _ name: String, _ placeholder: String, _ place: any WritableKeyPath<Root, [String]> & Sendable, key: String
    ) -> Self {
        let meaning = ConfigurationKey.named(key)
        precondition(meaning != nil, "option --\(name): no configuration key \(key)")
        return Self(
            name: name, placeholder: placeholder, summary: "\(meaning?.summary ?? key), as \(key)=\(placeholder)",
            isRequired: false, defaultText: meaning?.defaultText
        ) { text, root in
            root[keyPath: place].append("\(key)=\(text)")
        }
    }
}

extension Operand where Root: CommandInterface {
    /// An operand that must be given.
    package static func required<Value>(
        _ placeholder: String, _ place: any WritableKeyPath<Root, Value> & Sendable, _ rule: ValueRule<Value>,
        _ summary: String
    ) -> Self {
        Self(placeholder: placeholder, summary: summary, isRequired: true) { text, root throws(ValueRefusal) in
            root[keyPath: place] = try rule.read(ConfigurationNode(text))
        }
    }
}

extension ConfigurationNode {
    /// The text of an argument as a node.
    fileprivate init(_ text: String) {
        self.init(.scalar(text, quoted: false), at: .override(text))
    }
}
