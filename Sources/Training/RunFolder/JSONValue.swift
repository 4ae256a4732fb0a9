// JSON values with keys in a fixed order: one line for logs, or indented for files that people read.

import TensorFiles

/// A JSON value; the members of an object keep their order.
///
/// Numbers are printed in the fewest digits that read back as the same number. JSON has no word for what is no finite
/// number, so these become the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, which `float()` of Python and `Number()` of
/// JavaScript take.
public enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case integer(Int)
    /// A whole number from 0 to 2^64 - 1, such as a seed.
    case unsigned(UInt64)
    /// A number in double precision.
    case number(Double)
    /// A number in single precision: fewer digits.
    case float(Float)
    /// A text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Named values in order.
    case object([Member])

    /// A name and its value.
    public struct Member: Hashable, Sendable {
        /// The name, in lower camel case.
        public let name: String
        /// The value.
        public let value: JSONValue

        /// Makes a member.
        public init(_ name: String, _ value: JSONValue) {
            (self.name, self.value) = (name, value)
        }
    }

    /// The value on one line.
    public var line: String { text(indentation: nil) }

    /// The value on as many lines as it has parts, ending with a line break.
    public var lines: String { text(indentation: 0) + "\n" }

    private func text(indentation: Int?) -> String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .number(let value): Self.numberText(value)
        case .float(let value): Self.numberText(value)
        case .string(let value): value.quotedAsJSON
        case .array(let values):
            Self.list("[", values.map { $0.text(indentation: indentation.map { $0 + 1 }) }, "]", indentation)
        case .object(let members):
            Self.list(
                "{",
                members.map {
                    let value = $0.value.text(indentation: indentation.map { $0 + 1 })
                    return $0.name.quotedAsJSON + (indentation == nil ? ":" : ": ") + value
                }, "}", indentation)
        }
    }

    private static func list(_ open: String, _ parts: [String], _ close: String, _ indentation: Int?) -> String {
        guard let indentation, !parts.isEmpty else { return open + parts.joined(separator: ",") + close }
        let inner = "\n" + String(repeating: "  ", count: indentation + 1)
        let outer = "\n" + String(repeating: "  ", count: indentation)
        return open + inner + parts.joined(separator: "," + inner) + outer + close
    }

    private static func numberText(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String {
        if value.isNaN { return "\"NaN\"" }
        if value.isInfinite { return value < 0 ? "\"-Infinity\"" : "\"Infinity\"" }
        return value.description
    }
}

extension JSONValue {
    /// The member `name` of an object; `nil` where there is none.
    func member(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The object with the member `name` of the value `value`, in its place where there was one.
    func setting(_ name: String, to value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { preconditionFailure("JSONValue: \(line) is no object") }
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = Member(name, value)
        } else {
            members.append(Member(name, value))
        }
        return .object(members)
    }
}

extension JSONValue: Decodable {
    /// A name of any member.
    private struct Name: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a value; the members of an object come in the order of their names.
    public init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Name.self) {
            let names = members.allKeys.sorted { $0.stringValue < $1.stringValue }
            self = .object(try names.map { Member($0.stringValue, try members.decode(JSONValue.self, forKey: $0)) })
            return
        }
        if var values = try? decoder.unkeyedContainer() {
            var array: [JSONValue] = []
            while !values.isAtEnd { array.append(try values.decode(JSONValue.self)) }
            self = .array(array)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let unsigned = try? value.decode(UInt64.self) {
            self = .unsigned(unsigned)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// Makes an object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }

    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) {
        self = .array(elements)
    }

    /// Makes a text.
    public init(stringLiteral value: String) {
        self = .string(value)
    }

    /// Makes a whole number.
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }

    /// Makes a truth value.
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    /// Makes null.
    public init(nilLiteral: ()) {
        self = .null
    }
}
