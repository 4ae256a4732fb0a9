// Single values as YAML that this program and every other reader take for the same value.

/// A number in the shortest digits that read back as the same one; always with a point, without which YAML 1.1 readers
/// take `1e-06` for a text.
func yamlNumber(_ number: Double) -> String {
    let digits = "\(number)"
    guard let exponent = digits.firstIndex(of: "e"), !digits.contains(".") else { return digits }
    return digits[..<exponent] + ".0" + digits[exponent...]
}

/// A text, in double quotes wherever YAML could take it for something else.
func yamlText(_ text: String) -> String {
    let words: Set = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
    let plain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ":"): true
        default: false
        }
    }
    if plain, text.first?.isLetter == true, text.last != ":", !words.contains(text.lowercased()) { return text }
    let escaped = text.unicodeScalars.map { scalar in
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || isLineBreak(scalar):
            "\\U" + hexadecimal(scalar.value)
        default: String(scalar)
        }
    }
    return "\"" + escaped.joined() + "\""
}

/// What YAML folds or refuses inside quotes besides the control characters.
private func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
    [0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF].contains(scalar.value)
}

/// Eight hexadecimal digits.
private func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
