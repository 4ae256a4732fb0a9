// Samples of a custom operation: a stranger's function goes through shape rule, gradient, reference and kernel.

import GraphIR
import TensorCore

/// y = x^2 + b x for two inputs of one shape: plain enough to be exact, and with a gradient by both.
private struct SquarePlusProduct: CustomOperation {
    let count: Int
    var name: String { "squarePlusProduct" }

    func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
        guard inputs.count == 2, inputs[0] == inputs[1], inputs[0].element == .float32, inputs[0].shape.count == count
        else { throw ShapeError("expects two float32 inputs of one shape with \(count) elements, got \(inputs)") }
        return [inputs[0]]
    }

    func gradients(inputs: [Value], outputs: [Value], outputGradients: [Value?]) -> [Value?] {
        guard let dy = outputGradients[0] else { return [nil, nil] }
        return [dy * (inputs[0] + inputs[0] + inputs[1]), dy * inputs[0]]
    }

    func reference(_ inputs: [Tensor]) -> [Tensor] {
        let sums = zip(inputs[0].floats, inputs[1].floats).map { Float(Double($0) * (Double($0) + Double($1))) }
        return [Tensor(inputs[0].shape, sums)]
    }

    var kernel: CustomKernel {
        CustomKernel(
            source: """
                __kernel void square_plus_product(
                    const __global float* restrict x, const __global float* restrict b, __global float* restrict y,
                    const uint count)
                {
                    const uint i = get_global_id(0);
                    if (i < count) y[i] = x[i] * (x[i] + b[i]);
                }
                """,
            function: "square_plus_product", workItems: count)
    }
}

extension OperationSample {
    static let customs: [OperationSample] = [1, 17, 257].map { size in
        OperationSample("custom", "squarePlusProduct of \(size)", differentiable: ["x", "b"]) { draw in
            ["x": draw.normal([size]), "b": draw.normal([size])]
        } build: { x in
            // Between other operations, which must not be fused over it.
            let y = x.builder.add(.custom(SquarePlusProduct(count: size)), [x["x"] + 1, x["b"]])[0]
            return ["y": y, "scaled": y * 0.5]
        }
    }
}
