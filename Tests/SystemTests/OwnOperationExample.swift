// The example of `Sources/README.md`, compiled and run: what stands between the markers is shown there.

// example begins
import Diptych

/// y = x / (1 + |x|), element by element.
struct Softsign: CustomOperation {
    let count: Int
    let name = "softsign"

    func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
        guard inputs.count == 1, inputs[0].element == .float32, inputs[0].shape.count == count else {
            throw ShapeError("expects \(count) float32 elements, got \(inputs)")
        }
        return inputs
    }

    func gradients(inputs: [Value], outputs: [Value], outputGradients: [Value?]) -> [Value?] {
        [outputGradients[0].map { $0 / (inputs[0].absolute() + 1).square() }]
    }

    func reference(_ inputs: [Tensor]) -> [Tensor] {
        [Tensor(inputs[0].shape, inputs[0].floats.map { $0 / (1 + abs($0)) })]
    }

    var kernel: CustomKernel {
        CustomKernel(
            source: """
                __kernel void softsign(const __global float* restrict x, __global float* restrict y, const uint count)
                {
                    const uint i = get_global_id(0);
                    if (i < count) y[i] = x[i] / (1.0f + fabs(x[i]));
                }
                """,
            function: "softsign", workItems: count)
    }
}

/// Holds the operation on `backend` against its definition, and its gradient against differences; returns what differs.
func checkSoftsign(on backend: some Backend) -> [String] {
    let samples = [1, 17, 1000].map { count in
        OperationSample("softsign", "of \(count)", differentiable: ["x"]) { draw in
            ["x": draw.separated([count])]
        } build: { sample in
            ["y": sample.builder.add(.custom(Softsign(count: count)), [sample["x"]])[0]]
        }
    }
    let results = CrossCheck.run(samples, on: backend, against: ReferenceBackend()).filter { !$0.agrees }
    let slopes = GradientCheck.run(samples, on: backend).filter { !$0.agrees }
    return results.map(\.description) + slopes.map(\.description)
}
// example ends
