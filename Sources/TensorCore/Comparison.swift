// The one tolerance formula, and a comparison that says where two tensors part.

/// How far a computed tensor may lie from its definition.
///
/// A sum of n terms in float32 whose magnitudes add up to m carries a rounding error of about sqrt(n) u m for
/// u = 2^-24, and of n u m at worst; the bound taken is `safety * u * sqrt(n) * scale`, where the scale of an element is
/// the larger of its own size and the root mean square of the tensor (terms that cancel leave the error of their sizes).
/// Where the factors of products are rounded to fewer digits, u is the error of that.
public struct Tolerance: Hashable, Sendable {
    /// The number of terms summed into one element.
    public var terms: Int
    /// How many times the expected rounding error is allowed.
    public var safety: Float
    /// To what the factors of products are rounded.
    public var precision: Precision

    /// Makes the tolerance of a sum of `terms`, `safety` times the expected rounding error.
    public init(terms: Int, safety: Float = 16, precision: Precision = .float32) {
        (self.terms, self.safety, self.precision) = (terms, safety, precision)
    }

    /// The bound for elements of size `scale`.
    public func bound(scale: Float) -> Float {
        safety * precision.roundoff * Float(max(terms, 1)).squareRoot() * scale
    }
}

/// The outcome of holding a computed tensor against its definition.
public struct Comparison: Sendable, CustomStringConvertible {
    /// Where the two part first, in row-major order, if anywhere.
    public let firstDifference: Difference?
    /// How many elements lie outside the bound.
    public let differences: Int
    /// The norm of the difference over the norm of the definition (0 where both vanish).
    public let relativeError: Double

    /// One element outside the bound.
    public struct Difference: Sendable {
        /// The index along each axis.
        public let indices: [Int]
        /// What was computed.
        public let computed: Double
        /// What the definition says.
        public let expected: Double
        /// How far apart they might be.
        public let bound: Double
    }

    /// Whether every element lies inside the bound.
    public var agrees: Bool { differences == 0 }

    /// The comparison as one line of facts.
    public var description: String {
        guard let first = firstDifference else { return "agrees, relative error \(relativeError)" }
        return "\(differences) elements differ, first at \(first.indices): \(first.computed), expected "
            + "\(first.expected) +- \(first.bound); relative error \(relativeError)"
    }
}

extension Tensor {
    /// Compares this tensor with its definition `expected`: float32 within `tolerance`, other types exactly. NaN
    /// agrees with NaN, and an infinity with itself.
    public func compared(to expected: Tensor, within tolerance: Tolerance) -> Comparison {
        precondition(type == expected.type, "comparison of \(type) with \(expected.type)")
        let (computed, wanted) = (doubles, expected.doubles)
        let finite = wanted.filter(\.isFinite)
        let meanSquare = finite.reduce(0) { $0 + $1 * $1 } / Double(max(finite.count, 1))
        let exact = type.element != .float32
        var first: Comparison.Difference?
        var differences = 0
        var (errorSquares, expectedSquares) = (0.0, 0.0)
        for index in wanted.indices {
            let (value, target) = (computed[index], wanted[index])
            if value == target || (value.isNaN && target.isNaN) {
                if target.isFinite { expectedSquares += target * target }
                continue
            }
            let scale = max(abs(target), meanSquare.squareRoot())
            let bound = exact ? 0 : Double(tolerance.bound(scale: Float(scale.isFinite ? scale : 0)))
            let error = abs(value - target)
            if error.isFinite { errorSquares += error * error }
            if target.isFinite { expectedSquares += target * target }
            if !(error <= bound) {
                differences += 1
                if first == nil {
                    first = .init(
                        indices: shape.indices(at: index), computed: value, expected: target, bound: bound)
                }
            }
        }
        let relative =
            errorSquares == 0 ? 0 : expectedSquares == 0 ? .infinity : (errorSquares / expectedSquares).squareRoot()
        return Comparison(firstDifference: first, differences: differences, relativeError: relative)
    }

    private var doubles: [Double] {
        switch storage {
        case .float32(let elements): elements.map(Double.init)
        case .int32(let elements): elements.map(Double.init)
        case .uint8(let elements): elements.map(Double.init)
        }
    }
}
