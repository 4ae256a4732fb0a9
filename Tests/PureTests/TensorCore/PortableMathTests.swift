// Elementary functions against known values, within the errors that they promise.

import Diptych
import TensorCore
import Testing

@Suite struct PortableMathTests {
    @Test(arguments: [
        (-2, 0.1353352832366127), (-0.2231435513142098, 0.8), (0, 1), (0.2231435513142098, 1.25),
        (1, 2.718281828459045),
        (2, 7.38905609893065),
    ])
    func exponential(x: Double, value: Double) {
        #expect(abs(Double(PortableMath.exp(Float(x))) / value - 1) < 2e-6)
    }

    @Test(arguments: [
        (0.15, -1.8971199848858813), (0.8, -0.2231435513142098), (1, 0), (1.25, 0.2231435513142098),
        (7, 1.9459101090932196),
    ])
    func logarithm(x: Double, value: Double) {
        #expect(abs(Double(PortableMath.log(Float(x))) - value) < 1e-6)
    }
}
