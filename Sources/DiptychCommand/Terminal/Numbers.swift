// Numbers as people read them.

import Foundation

/// `value` with so many digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// `value` with four significant digits.
func significant(_ value: Double) -> String { String(format: "%.4g", value) }

/// `value` as `1.2e-06`.
func scientific(_ value: Double) -> String { String(format: "%.1e", value) }

/// A fraction as a percentage: `83.12%`.
func percentage(_ fraction: Double) -> String { fixed(100 * fraction, 2) + "%" }

/// The median; the mean of the middle two of an even number. NaN of nothing.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
