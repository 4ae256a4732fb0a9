// Elementary functions by short series in float32, with the same bits on every machine: libraries differ, these do not.

/// Exponential, logarithm, sine and cosine from IEEE addition, multiplication and division alone.
package enum PortableMath {
    /// e^x for |x| <= 2, with a relative error below 2e-6: the series to x^7 at x/4, squared twice.
    package static func exp(_ x: Float) -> Float {
        precondition(abs(x) <= 2, "PortableMath.exp(\(x))")
        let quarter = x * 0.25
        var sum: Float = 1
        for divisor in stride(from: Float(7), through: 1, by: -1) { sum = 1 + quarter / divisor * sum }
        let half = sum * sum
        return half * half
    }

    /// log x for 1/7 <= x <= 7, with an error below 1e-6: Halley's iteration on `exp`, from 0.
    package static func log(_ x: Float) -> Float {
        precondition(x >= 1 / 7 && x <= 7, "PortableMath.log(\(x))")
        var y: Float = 0
        for _ in 0..<5 {
            let power = exp(y)
            y += 2 * (x - power) / (x + power)
        }
        return y
    }

    /// Sine and cosine of an angle up to 180 degrees, with an error below 2e-6 (1e-7 up to 22.5 degrees): the series to
    /// x^9 and x^8 below 22.5 degrees, and the formulas of the double angle above.
    package static func sineAndCosine(degrees: Float) -> (sine: Float, cosine: Float) {
        precondition(abs(degrees) <= 180, "PortableMath.sineAndCosine(degrees: \(degrees))")
        var x = degrees * 0.017453292
        var doublings = 0
        while abs(x) > 0.4 {
            x *= 0.5
            doublings += 1
        }
        let square = x * x
        var (sine, cosine): (Float, Float) = (1, 1)
        for n in stride(from: Float(4), through: 1, by: -1) {
            sine = 1 - square / (2 * n * (2 * n + 1)) * sine
            cosine = 1 - square / ((2 * n - 1) * 2 * n) * cosine
        }
        sine *= x
        for _ in 0..<doublings { (sine, cosine) = (2 * sine * cosine, 1 - 2 * sine * sine) }
        return (sine, cosine)
    }
}
