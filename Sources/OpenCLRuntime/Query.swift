// The three forms of `clGet...Info`: a plain value, an array, a string.

import COpenCL

/// A `clGet...Info` call bound to its object and parameter: size, destination, size written.
typealias Query = (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int

/// The value of a parameter of fixed size.
func queryValue<Value: BitwiseCopyable>(
    _ call: StaticString, of what: @autoclosure () -> String, initial: Value, _ query: Query
) throws(OpenCLError) -> Value {
    var value = initial
    try check(call, during: "query of \(what())") {
        query(MemoryLayout<Value>.size, &value, nil)
    }
    return value
}

/// The elements of a parameter of varying size.
func queryArray<Element: BitwiseCopyable>(
    _ call: StaticString, of what: @autoclosure () -> String, repeating zero: Element, _ query: Query
) throws(OpenCLError) -> [Element] {
    var byteCount = 0
    try check(call, during: "query of the size of \(what())") { query(0, nil, &byteCount) }
    var elements = [Element](repeating: zero, count: byteCount / MemoryLayout<Element>.stride)
    guard !elements.isEmpty else { return [] }
    try check(call, during: "query of \(what())") {
        elements.withUnsafeMutableBytes { query($0.count, $0.baseAddress, nil) }
    }
    return elements
}

/// A text, without the zero at its end and white space around it.
func queryString(
    _ call: StaticString, of what: @autoclosure () -> String, _ query: Query
) throws(OpenCLError) -> String {
    let bytes = try queryArray(call, of: what(), repeating: UInt8(0), query)
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}
