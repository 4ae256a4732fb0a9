// Numbers as people read them.

import Glibc

/// `value` with so many digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String { printed("%.\(digits)f", value) }

/// `value` with four significant digits.
func significant(_ value: Double) -> String { printed("%.4g", value) }

/// `value` as `1.2e-06`.
func scientific(_ value: Double) -> String { printed("%.1e", value) }

/// A fraction as a percentage: `83.12%`.
func percentage(_ fraction: Double) -> String { fixed(100 * fraction, 2) + "%" }

/// `value` as C prints it in `format`, with a point in every country.
private func printed(_ format: String, _ value: Double) -> String {
    withVaList([value]) { arguments in
        // The longest: a sign, 309 digits, a point, and those behind it.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { text in
            vsnprintf(text.baseAddress, text.count, format, arguments)
            return String(cString: text.baseAddress!)
        }
    }
}

/// The median; the mean of the middle two of an even number. NaN of nothing.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
