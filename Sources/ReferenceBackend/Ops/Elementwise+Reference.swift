// The definitions of the elementwise operations, with broadcasting.

import Foundation
import GraphIR
import TensorCore

extension Op.Unary {
    func evaluate(_ input: Tensor) -> Tensor {
        Tensor(input.shape, input.floats.map { Float(value(Double($0))) })
    }

    private func value(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .exp: Foundation.exp(x)
        case .log: Foundation.log(x)
        case .sqrt: x.squareRoot()
        case .reciprocal: 1 / x
        case .tanh: Foundation.tanh(x)
        case .softplus: (x > 0 ? x : 0) + log1p(Foundation.exp(-Swift.abs(x)))
        case .relu: x < 0 ? 0 : x
        case .absolute: Swift.abs(x)
        }
    }
}

extension Op.Binary {
    func evaluate(_ left: Tensor, _ right: Tensor, shape: Shape) -> Tensor {
        let (a, b) = (left.floats, right.floats)
        var elements: [Float] = []
        elements.reserveCapacity(shape.count)
        forEachElement(of: shape, reading: [left.shape, right.shape]) { places in
            elements.append(value(a[places[0]], b[places[1]]))
        }
        return Tensor(shape, elements)
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
        let (condition, a, b) = (inputs[0].floats, inputs[1].floats, inputs[2].floats)
        var elements: [Float] = []
        elements.reserveCapacity(shape.count)
        forEachElement(of: shape, reading: inputs.map(\.shape)) { places in
            elements.append(condition[places[0]] != 0 ? a[places[1]] : b[places[2]])
        }
        return Tensor(shape, elements)
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

extension Op.Broadcast {
    func evaluate(_ input: Tensor) -> Tensor {
        let source = input.floats
        var elements: [Float] = []
        elements.reserveCapacity(shape.count)
        forEachElement(of: shape, reading: [input.shape]) { elements.append(source[$0[0]]) }
        return Tensor(shape, elements)
    }
}

/// Calls `body` for each element of `shape`, in order, with the place of the element that it is read from in each of the
/// `operands`, which are broadcast to `shape`.
func forEachElement(of shape: Shape, reading operands: [Shape], _ body: (borrowing [Int]) -> Void) {
    let strides = operands.map { $0.strides(broadcastTo: shape) }
    var places = [Int](repeating: 0, count: operands.count)
    var index = [Int](repeating: 0, count: shape.rank)
    for _ in 0..<shape.count {
        body(places)
        var axis = shape.rank - 1
        while axis >= 0 {
            index[axis] += 1
            for operand in places.indices { places[operand] += strides[operand][axis] }
            if index[axis] < shape[axis] { break }
            for operand in places.indices { places[operand] -= strides[operand][axis] * shape[axis] }
            index[axis] = 0
            axis -= 1
        }
    }
}
