// Samples of the optimizers' updates: as functions, and in place on variables over several runs.

import GraphIR
import TensorCore

extension OperationSample {
    static let adams: [OperationSample] =
        [Shape([1]), [17], [33, 5]].flatMap { shape in
            [
                OperationSample("adam", "\(shape), fifth step", safety: 32) { draw in
                    [
                        "parameter": draw.parameter(shape), "gradient": draw.normal(shape), "first": draw.normal(shape),
                        "second": draw.uniform(shape, 0, 1), "rate": Tensor(0.01), "step": Tensor(5),
                    ]
                } build: { x in
                    let operands = ["parameter", "gradient", "first", "second", "rate", "step"].map { x[$0] }
                    let outputs = x.builder.add(.adam(.init(weightDecay: 0.1)), operands)
                    return ["parameter": outputs[0], "first": outputs[1], "second": outputs[2]]
                },
                OperationSample(
                    "adam", "\(shape) in place", safety: 64, variables: ["parameter", "first", "second", "step"],
                    runs: 4
                ) { draw in
                    [
                        "parameter": draw.parameter(shape), "gradient": draw.normal(shape),
                        "first": Tensor(shape, repeating: 0),
                        "second": Tensor(shape, repeating: 0), "step": Tensor(0), "rate": Tensor(0.01),
                    ]
                } build: { x in
                    let step = x["step"] + 1
                    x.builder.update(x["step"], to: step)
                    let gradient = x["gradient"] + x["parameter"]
                    let operands = [x["parameter"], gradient, x["first"], x["second"], x["rate"], step]
                    let outputs = x.builder.add(.adam(.init(weightDecay: 1e-6)), operands)
                    for (name, output) in zip(["parameter", "first", "second"], outputs) {
                        x.builder.update(x[name], to: output)
                    }
                    return ["gradient": gradient]
                },
            ]
        }
        + [
            OperationSample("adam", "a gradient of zero moves nothing") { draw in
                [
                    "parameter": draw.normal([5]), "zero": Tensor([5], repeating: 0), "rate": Tensor(1),
                    "step": Tensor(1),
                ]
            } build: { x in
                let operands = [x["parameter"], x["zero"], x["zero"], x["zero"], x["rate"], x["step"]]
                return ["y": x.builder.add(.adam(.init()), operands)[0]]
            },
            OperationSample("adam", "the thousandth step, without weight decay", safety: 64) { draw in
                [
                    "parameter": draw.normal([33]), "gradient": draw.normal([33], deviation: 1e-3),
                    "first": draw.normal([33], deviation: 1e-3), "second": draw.uniform([33], 0, 1e-6),
                    "rate": Tensor(1e-3), "step": Tensor(1000),
                ]
            } build: { x in
                let operands = ["parameter", "gradient", "first", "second", "rate", "step"].map { x[$0] }
                return ["y": x.builder.add(.adam(.init()), operands)[0]]
            },
        ]

    static let momenta: [OperationSample] = [Shape([1]), [17], [33, 5]].flatMap { shape in
        [
            OperationSample("momentum", "\(shape)") { draw in
                [
                    "parameter": draw.parameter(shape), "gradient": draw.normal(shape), "sum": draw.normal(shape),
                    "rate": Tensor(0.1),
                ]
            } build: { x in
                let operands = ["parameter", "gradient", "sum", "rate"].map { x[$0] }
                let outputs = x.builder.add(.momentum(.init(weightDecay: 0.01)), operands)
                return ["parameter": outputs[0], "sum": outputs[1]]
            },
            OperationSample("momentum", "\(shape) in place", safety: 32, variables: ["parameter", "sum"], runs: 4) {
                draw in
                ["parameter": draw.parameter(shape), "sum": Tensor(shape, repeating: 0), "rate": Tensor(0.1)]
            } build: { x in
                let outputs = x.builder.add(
                    .momentum(.init()), [x["parameter"], x["parameter"].tanh(), x["sum"], x["rate"]])
                x.builder.update(x["parameter"], to: outputs[0])
                x.builder.update(x["sum"], to: outputs[1])
                return [:]
            },
        ]
    }
}

extension SampleDraw {
    /// Normal numbers; a single one lies far from 0, where an update would leave of it only what was rounded off.
    fileprivate mutating func parameter(_ shape: Shape) -> Tensor {
        normal(shape, mean: shape.count == 1 ? 8 : 0)
    }
}
