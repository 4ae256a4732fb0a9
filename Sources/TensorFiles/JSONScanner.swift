// A strict scanner for the JSON that headers are made of: objects, strings and whole numbers, read as they are expected.

/// Reads JSON token by token; it never recurses, so that no input can exhaust the stack.
struct JSONScanner {
    private let bytes: [UInt8]
    private let file: String
    private(set) var position = 0

    init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// The error of the header at the current place.
    func fault(_ reason: String) -> TensorFileError {
        .malformed(file: file, reason: "header, byte \(position): \(reason)")
    }

    /// Whether the next token is `character`; if so it is consumed.
    mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Consumes `character`.
    mutating func expect(_ character: Unicode.Scalar) throws(TensorFileError) {
        if !accept(character) { throw fault("'\(character)' expected") }
    }

    /// Consumes the end of the text.
    mutating func expectEnd() throws(TensorFileError) {
        skipSpace()
        if position < bytes.count { throw fault("more after the end") }
    }

    /// Consumes an object; `member` consumes the value of each key.
    mutating func object(
        _ member: (inout JSONScanner, String) throws(TensorFileError) -> Void
    ) throws(TensorFileError) {
        try expect("{")
        if accept("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while accept(",")
        try expect("}")
    }

    /// Consumes an array of whole numbers.
    mutating func integers(atMost limit: Int) throws(TensorFileError) -> [Int] {
        try expect("[")
        if accept("]") { return [] }
        var integers: [Int] = []
        repeat {
            if integers.count == limit { throw fault("more than \(limit) numbers") }
            integers.append(try integer())
        } while accept(",")
        try expect("]")
        return integers
    }

    /// Consumes a whole number from 0 to 2^63 - 1, without sign, fraction or leading zero.
    mutating func integer() throws(TensorFileError) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 0x30, (0...9).contains(digit) {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = shifted.addingReportingOverflow(digit)
            if overflow || carry { throw fault("number too large") }
            value = sum
            position += 1
        }
        if position == start { throw fault("whole number expected") }
        if position > start + 1, bytes[start] == UInt8(ascii: "0") { throw fault("leading zero") }
        return value
    }

    /// Consumes a string.
    mutating func string() throws(TensorFileError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw fault("invalid UTF-8") }
                return string
            case UInt8(ascii: "\\"): text += String(try escape()).utf8
            case 0..<0x20: throw fault("control character in a string")
            default: text.append(byte)
            }
        }
        throw fault("string without end")
    }

    private mutating func escape() throws(TensorFileError) -> Character {
        guard position < bytes.count else { throw fault("string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw fault("unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(TensorFileError) -> Character {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard bytes[position...].starts(with: [0x5C, 0x75]) else { throw fault("half a surrogate pair") }
            position += 2
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(TensorFileError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("four hexadecimal digits expected") }
        position += 4
        return code
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }
}

extension String {
    /// The text as a JSON string, with quotation marks.
    package var quotedAsJSON: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\u{0}"..<"\u{20}": text += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
