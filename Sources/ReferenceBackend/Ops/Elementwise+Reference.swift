// The definitions of the elementwise operations, with broadcasting.

import Glibc
import GraphIR
import TensorCore

extension Op.Unary {
    func evaluate(_ input: Tensor) -> Tensor {
        Tensor(input.shape, input.floats.map { Float(value(Double($0))) })
    }

    private func value(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .exp: Glibc.exp(x)
        case .log: Glibc.log(x)
        case .sqrt: x.squareRoot()
        case .reciprocal: 1 / x
        case .tanh: Glibc.tanh(x)
        case .softplus: (x > 0 ? x : 0) + log1p(Glibc.exp(-Swift.abs(x)))
        case .relu: x < 0 ? 0 : x
        case .absolute: Swift.abs(x)
        }
    }
}

extension Op.Binary {
    func evaluate(_ left: Tensor, _ right: Tensor, shape: Shape) -> Tensor {
        let strides = [left, right].map { $0.shape.strides(broadcastTo: shape) }
        return left.floats.reading { a in
            right.floats.reading { b in
                makeElements(shape, strides: strides) { value(a[$0[0]], b[$0[1]]) }
            }
        }
    }

    private func value(_ a: Float, _ b: Float) -> Float {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : Swift.min(a, b)
        case .greater: a > b ? 1 : 0
        case .equal: a == b ? 1 : 0
        }
    }
}

extension Op.Select {
    func evaluate(_ inputs: [Tensor], shape: Shape) -> Tensor {
        let strides = inputs.map { $0.shape.strides(broadcastTo: shape) }
        return inputs[0].floats.reading { condition in
            inputs[1].floats.reading { a in
                inputs[2].floats.reading { b in
                    makeElements(shape, strides: strides) { condition[$0[0]] != 0 ? a[$0[1]] : b[$0[2]] }
                }
            }
        }
    }
}

extension Op.Cast {
    func evaluate(_ input: Tensor) -> Tensor {
        let numbers: [Double] =
            switch input.storage {
            case .float32(let elements): elements.map(Double.init)
            case .int32(let elements): elements.map(Double.init)
            case .uint8(let elements): elements.map(Double.init)
            }
        return switch element {
        case .float32: Tensor(input.shape, numbers.map { Float($0) })
        case .int32: Tensor(input.shape, numbers.map { Self.saturated($0) as Int32 })
        case .uint8: Tensor(input.shape, numbers.map { Self.saturated($0) as UInt8 })
        }
    }

    /// Rounded toward zero, and held within the type; NaN gives 0.
    private static func saturated<Integer: FixedWidthInteger>(_ number: Double) -> Integer {
        if number.isNaN { return 0 }
        if number <= Double(Integer.min) { return .min }
        if number >= Double(Integer.max) { return .max }
        return Integer(number)
    }
}
