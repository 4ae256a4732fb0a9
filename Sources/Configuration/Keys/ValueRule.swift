// What a key may hold: how a value is read from a node and written back.

/// Why a node is no value of a rule; the key and the place are added by the caller.
package struct ValueRefusal: Error {
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// The reading and writing of one type of value.
package struct ValueRule<Value: Sendable>: Sendable {
    /// What is allowed, in words: `a number > 0`.
    package let allowed: String
    /// The value of a node.
    package let read: @Sendable (ConfigurationNode) throws(ValueRefusal) -> Value
    /// The value as YAML on one line.
    package let write: @Sendable (Value) -> String

    package init(
        allowed: String, read: @escaping @Sendable (ConfigurationNode) throws(ValueRefusal) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.allowed = allowed
        self.read = read
        self.write = write
    }

    /// A rule for values that a node's text names; `value` returns nil for a text that names none.
    init(allowed: String, write: @escaping @Sendable (Value) -> String, value: @escaping @Sendable (String) -> Value?) {
        self.allowed = allowed
        self.write = write
        read = { node throws(ValueRefusal) in
            guard case .scalar(let text, _) = node.content, !node.isNull, let value = value(text) else {
                throw ValueRefusal(reason: "\(node.summary) is not \(allowed)")
            }
            return value
        }
    }
}

extension ValueRule<Double> {
    /// A finite number for which `holds`, `condition` in words: `> 0`. Graphs compute in float32, where it must still be one,
    /// and must not vanish.
    package static func number(_ condition: String, where holds: @escaping @Sendable (Double) -> Bool) -> Self {
        let allowed = "a number \(condition)"
        return Self(allowed: allowed) { node throws(ValueRefusal) in
            guard case .scalar(let text, _) = node.content, let number = Double(text), number.isFinite, holds(number)
            else { throw ValueRefusal(reason: "\(node.summary) is not \(allowed)") }
            let single = Float(number)
            let fault: String? =
                if single.isInfinite {
                    "is infinite in float32, in which steps are computed: the largest is \(Float.greatestFiniteMagnitude)"
                } else if number != 0, !single.isNormal {
                    "vanishes in float32, in which steps are computed: the smallest is \(Float.leastNormalMagnitude)"
                } else if !holds(Double(single)) {
                    "is \(single) in float32, in which steps are computed, and that is not \(allowed)"
                } else {
                    nil
                }
            if let fault { throw ValueRefusal(reason: "\(node.summary) \(fault)") }
            return number
        } write: {
            yamlNumber($0)
        }
    }
}

extension ValueRule where Value: FixedWidthInteger {
    /// A whole number in `range`.
    package static func integer(_ range: ClosedRange<Value>) -> Self {
        let open = range.upperBound == .max
        let allowed =
            open
            ? "a whole number >= \(range.lowerBound)" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Self(allowed: allowed, write: { "\($0)" }) { text in
            Value(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueRule<Int> {
    /// A number of bytes, with or without a binary unit: `1073741824`, `1024MiB`, `1.5GiB`.
    package static let byteCount = Self(allowed: "a size such as 1500MiB or 2GiB", write: { "\($0)" }) { text in
        let units: [(name: String, bytes: Double)] = [("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("", 1)]
        guard let unit = units.first(where: { text.hasSuffix($0.name) }),
            let number = Double(text.dropLast(unit.name.count)), number > 0, number * unit.bytes < 0x1p62
        else { return nil }
        return Int(number * unit.bytes)
    }
}

extension ValueRule<Bool> {
    /// `true` or `false`.
    package static let flag = Self(allowed: "true or false", write: { "\($0)" }) { text in Bool(text) }
}

extension ValueRule<String> {
    /// A text that is not empty; `allowed` tells which texts make sense.
    package static func text(_ allowed: String) -> Self {
        Self(allowed: allowed, write: yamlText) { text in text.isEmpty ? nil : text }
    }
}

extension ValueRule where Value: CaseIterable & RawRepresentable<String> {
    /// One of the cases, by name.
    package static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        let allowed = names.joined(separator: ", ")
        return Self(allowed: allowed) { node throws(ValueRefusal) in
            guard case .scalar(let text, _) = node.content else {
                throw ValueRefusal(reason: "\(node.summary) is none of \(allowed)")
            }
            if let value = Value(rawValue: text) { return value }
            let hint = nearest(to: text, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw ValueRefusal(reason: "\(node.summary) is none of \(allowed)\(hint)")
        } write: { value in
            yamlText(value.rawValue)
        }
    }
}

extension ValueRule {
    /// The values of `rule`, or `null` for none.
    package static func optional<Wrapped>(_ rule: ValueRule<Wrapped>) -> Self where Value == Wrapped? {
        Self(allowed: "\(rule.allowed), or null") { node throws(ValueRefusal) in
            if node.isNull { return nil }
            do throws(ValueRefusal) { return try rule.read(node) } catch {
                throw ValueRefusal(reason: "\(error.reason), or null")
            }
        } write: { value in
            value.map(rule.write) ?? "null"
        }
    }
}

extension ValueRule<TrainingConfiguration.Schedule> {
    /// `end`, an interval in epochs, or a rising list of epochs.
    static let schedule = Self(allowed: "end, a number of epochs, or a rising list of epochs") {
        node throws(ValueRefusal) in
        let epoch = ValueRule<Int>.integer(1...Int.max)
        switch node.content {
        case .scalar("end", _): return .end
        case .scalar: return .every(try epoch.read(node))
        case .mapping: throw ValueRefusal(reason: "a mapping is not a list of epochs")
        case .sequence(let nodes):
            var epochs: [Int] = []
            for node in nodes { epochs.append(try epoch.read(node)) }
            guard !epochs.isEmpty, zip(epochs, epochs.dropFirst()).allSatisfy(<) else {
                throw ValueRefusal(reason: "\(epochs) is not a rising list of epochs")
            }
            return .epochs(epochs)
        }
    } write: { schedule in
        switch schedule {
        case .end: "end"
        case .every(let interval): "\(interval)"
        case .epochs(let epochs): "[" + epochs.map(String.init).joined(separator: ", ") + "]"
        }
    }
}
