// Samples of the values that no operation computes, and of variables, whose updates must not overtake their readers.

import GraphIR
import TensorCore

extension OperationSample {
    static let inputs: [OperationSample] = [
        OperationSample("input", "of each element type, returned as it is") { draw in
            [
                "x": draw.normal([3, 5]), "i": draw.integers([7], below: 99), "b": draw.bytes([2, 2], below: 256),
                "s": draw.normal([]),
            ]
        } build: { x in
            ["x": x["x"], "i": x["i"], "b": x["b"], "s": x["s"], "again": x["x"]]
        }
    ]

    static let constants: [OperationSample] = [
        OperationSample("constant", "of each element type, returned and used") {
            ["x": $0.normal([2, 3])]
        } build: { x in
            let row = x.builder.constant(Tensor([3], [1, -2, 0.5] as [Float]))
            return [
                "row": row, "sum": x["x"] + row, "number": x.builder.constant(2.5),
                "integers": x.builder.constant(Tensor([2], [3, -4] as [Int32])),
                "bytes": x.builder.constant(Tensor([2], [3, 255] as [UInt8])),
            ]
        }
    ]

    static let randomNumbers: [OperationSample] =
        [Shape.scalar, [5], [33, 31]].flatMap { shape in
            [Int32(0), 1, -1].flatMap { counter in
                [Op.Random.Distribution.uniform, .normal].map { distribution in
                    OperationSample(
                        "random", "\(distribution.rawValue) \(shape), counter \(counter)",
                        // The normal numbers' angle is rounded at up to 2 pi, their radius reaches 5.8.
                        safety: distribution == .normal ? 64 : 0
                    ) { _ in
                        ["counter": Tensor(.scalar, [counter])]
                    } build: { x in
                        let seed: UInt64 = 0x0123_4567_89AB_CDEF
                        return [
                            "y": x.builder.random(
                                distribution, shape, seed: seed, stream: 0x8000_0007, counter: x["counter"])
                        ]
                    }
                }
            }
        }

    static let variableUpdates: [OperationSample] = [
        OperationSample("variable", "two exchange their values", variables: ["a", "b"], runs: 3) { draw in
            ["a": draw.normal([17]), "b": draw.normal([17])]
        } build: { x in
            x.builder.update(x["a"], to: x["b"])
            x.builder.update(x["b"], to: x["a"])
            return [:]
        },
        OperationSample("variable", "a cycle of three, one of them reshaped", variables: ["a", "b", "c"], runs: 2) {
            draw in
            ["a": draw.normal([3, 4]), "b": draw.normal([3, 4]), "c": draw.normal([12])]
        } build: { x in
            x.builder.update(x["a"], to: x["b"])
            x.builder.update(x["b"], to: x["c"].reshape([3, 4]))
            x.builder.update(x["c"], to: x["a"].reshape([12]))
            return [:]
        },
        OperationSample("variable", "returned with its old value", variables: ["a"], runs: 3) {
            ["a": $0.normal([33])]
        } build: { x in
            x.builder.update(x["a"], to: x["a"] * 0.5 + 1)
            return ["old": x["a"], "oldDoubled": x["a"] + x["a"]]
        },
        OperationSample("variable", "read again after its new value is known", variables: ["a", "b"], runs: 3) { draw in
            ["a": draw.normal([5, 7]), "b": draw.normal([5, 7])]
        } build: { x in
            let next = x["a"] * 0.5
            x.builder.update(x["a"], to: next)
            x.builder.update(x["b"], to: next + x["a"] * x["b"].tanh())
            return ["difference": x["a"] - next]
        },
        OperationSample("variable", "two take one value", variables: ["a", "b"], runs: 2) { draw in
            ["a": draw.normal([9]), "b": draw.normal([9])]
        } build: { x in
            let next = (x["a"] + x["b"]).tanh()
            x.builder.update(x["a"], to: next)
            x.builder.update(x["b"], to: next)
            return ["next": next]
        },
        OperationSample("variable", "takes an input, a constant, itself", variables: ["a", "b", "c"], runs: 2) { draw in
            ["a": draw.normal([4]), "b": draw.normal([4]), "c": draw.normal([4]), "x": draw.normal([4])]
        } build: { x in
            x.builder.update(x["a"], to: x["x"])
            x.builder.update(x["b"], to: x.builder.constant(Tensor([4], [1, 2, 3, 4] as [Float])))
            x.builder.update(x["c"], to: x["c"])
            return [:]
        },
        OperationSample("variable", "zero until it is written, and counts the runs", runs: 5) { _ in
            [:]
        } build: { x in
            let count = x.builder.variable("count", .scalar)
            x.builder.update(count, to: count + 1)
            return ["before": count]
        },
        OperationSample(
            "variable", "of int32, which names the random numbers of a run", variables: ["counter"], runs: 3
        ) { _ in
            ["counter": Tensor(.scalar, [41] as [Int32])]
        } build: { x in
            let next = (x["counter"].cast(to: .float32) + 1).cast(to: .int32)
            x.builder.update(x["counter"], to: next)
            return ["y": x.builder.random(.uniform, [17], seed: 5, stream: 1, counter: x["counter"])]
        },
    ]
}
