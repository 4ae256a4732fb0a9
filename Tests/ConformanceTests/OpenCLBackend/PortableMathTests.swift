// The arithmetic that kernels share with the host: the same bits.

import Execution
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Portable arithmetic in kernels", .requiresOpenCL)
struct PortableMathTests {
    private static let count = 1 << 17

    /// Numbers of 24 random bits between 2^-20 and 2^20, and of those with few bits, for which results are exact or lie in
    /// the middle between two.
    private static func numbers(_ stream: UInt64) -> [Float] {
        var generator = CounterGenerator(seed: 17, stream: stream)
        return (0..<count).map { index in
            let bits = index.isMultiple(of: 3) ? 6 : 24
            let mantissa = Float(generator.nextWord() >> UInt32(32 - bits) | 1)
            return mantissa * Float(sign: .plus, exponent: generator.nextInteger(below: 41) - 20 - bits, significand: 1)
        }
    }

    private func compute(_ expression: String, _ a: [Float], _ b: [Float]) throws -> [Float] {
        let builder = GraphBuilder()
        let shape = Shape([a.count])
        let values = [builder.input("a", shape), builder.input("b", shape)]
        builder.output("y", builder.add(.custom(Expression(text: expression, count: a.count)), values)[0])
        let program = try BackendUnderTest.openCL.open().compile(try builder.finish())
        return try #require(program.run(["a": Tensor(shape, a), "b": Tensor(shape, b)])["y"]).floats
    }

    @Test("division and the square root are rounded to nearest")
    func exactlyRounded() throws {
        let (a, b) = (Self.numbers(1), Self.numbers(2))
        #expect(try compute("divide(a[i], b[i])", a, b) == zip(a, b).map { $0 / $1 })
        #expect(try compute("divide(-a[i], b[i])", a, b) == zip(a, b).map { -$0 / $1 })
        #expect(try compute("square_root(a[i])", a, b) == a.map { $0.squareRoot() })
        let squares = b.map { $0 * $0 }
        #expect(try compute("square_root(a[i])", squares, b) == squares.map { $0.squareRoot() })
    }

    @Test("exponential, sine and cosine have the host's bits")
    func series() throws {
        var generator = CounterGenerator(seed: 18, stream: 0)
        let exponents = [0, -2, 2] + (3..<Self.count).map { _ in generator.nextUniform(-2, 2) }
        #expect(try compute("exponential(a[i])", exponents, exponents) == exponents.map { PortableMath.exp($0) })
        let angles =
            [0, 180, -180, 90, 22.918312, 1e-6]
            + (6..<Self.count).map { generator.nextUniform(-180, 180) * ($0.isMultiple(of: 2) ? 1 : 0.05) }
        let turned = angles.map { PortableMath.sineAndCosine(degrees: $0) }
        #expect(try compute("sine_and_cosine(a[i]).x", angles, angles) == turned.map(\.sine))
        #expect(try compute("sine_and_cosine(a[i]).y", angles, angles) == turned.map(\.cosine))
    }
}

/// An expression of the elements of two inputs, with the functions of `portable_math.h`.
private struct Expression: CustomOperation {
    let text: String
    let count: Int
    var name: String { "expression" }

    func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] { [inputs[0]] }

    func gradients(inputs: [Value], outputs: [Value], outputGradients: [Value?]) -> [Value?] { [nil, nil] }

    func reference(_ inputs: [Tensor]) -> [Tensor] { [inputs[0]] }

    var kernel: CustomKernel {
        let functions = KernelLibrary().text(named: "portable_math.h") ?? ""
        return CustomKernel(
            source: """
                \(functions)
                __kernel void expression(
                    __global const float* a, __global const float* b, __global float* y, const uint count)
                {
                    const uint i = get_global_id(0);
                    if (i < count) y[i] = \(text);
                }
                """,
            function: "expression", workItems: count)
    }
}
