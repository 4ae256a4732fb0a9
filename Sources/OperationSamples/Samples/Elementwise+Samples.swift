// Samples of the elementwise operations: special values, sizes around the tiles, every kind of broadcasting.

import GraphIR
import TensorCore

/// Sizes at which kernels break: 1, primes, and one below, at and above each tile.
let edgeSizes = [1, 2, 3, 4, 5, 13, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1025]

/// Zeros of both signs, numbers of every size, infinities, NaN.
private let specials: [Float] = [
    0, -0.0, 1, -1, 0.5, -0.5, 1e-3, -1e-3, 20, -20, 30, -30, 80, -80, 100, -100, 1e30, -1e30, .infinity, -.infinity,
    .nan,
]

/// Pairs of shapes that broadcast: scalars, missing axes, repeated axes on either and on both sides.
private let broadcastingPairs: [(Shape, Shape)] = [
    ([], []), ([], [3, 5]), ([3, 5], []), ([1], [7]), ([5], [3, 5]), ([3, 1], [3, 5]), ([1, 5], [3, 1]),
    ([2, 1, 4], [3, 1]), ([4, 1, 5], [4, 3, 5]), ([2, 1, 3, 1], [1, 5, 1, 7]), ([2, 3, 5, 7], [7]),
    ([1, 1, 1], [1]), ([2, 6, 5, 17], [2, 1, 1, 17]), ([33, 1], [1, 17]), ([2, 3, 1, 2, 3], [3, 4, 1, 1]),
]

extension OperationSample {
    static let unaries: [OperationSample] =
        Op.Unary.allCases.flatMap { op in
            [
                OperationSample("unary", "\(op.name) of special values") { _ in
                    ["x": Tensor([specials.count], specials)]
                } build: { x in
                    ["y": x.builder.add(.unary(op), [x["x"]])[0]]
                },
                OperationSample("unary", "\(op.name) of 3 x 37", differentiable: ["x"]) { draw in
                    ["x": op.takesPositive ? draw.uniform([3, 37], 0.5, 2) : draw.separated([3, 37])]
                } build: { x in
                    ["y": x.builder.add(.unary(op), [x["x"]])[0]]
                },
            ]
        }
        + edgeSizes.map { size in
            OperationSample("unary", "exp of \(size)") {
                ["x": $0.uniform([size], -4, 4)]
            } build: {
                ["y": $0["x"].exp()]
            }
        }
        + [
            OperationSample("unary", "relu of 70001", .medium) {
                ["x": $0.normal([70_001])]
            } build: {
                ["y": $0["x"].relu()]
            }
        ]

    static let binaries: [OperationSample] =
        Op.Binary.allCases.flatMap { op in
            [
                OperationSample("binary", "\(op.name) of special values, each with each") { _ in
                    ["a": Tensor([specials.count, 1], specials), "b": Tensor([specials.count], specials)]
                } build: { x in
                    ["y": x.builder.add(.binary(op), [x["a"], x["b"]])[0]]
                },
                OperationSample(
                    "binary", "\(op.name) of 5 x 13 by 13", differentiable: op.hasGradient ? ["a", "b"] : []
                ) { draw in
                    // Interleaved by a quarter step, so that no pair is near a tie.
                    let b = draw.separated([13]).floats.map { abs($0) + 0.53125 }
                    return ["a": draw.separated([5, 13]), "b": Tensor([13], b)]
                } build: { x in
                    ["y": x.builder.add(.binary(op), [x["a"], x["b"]])[0]]
                },
            ]
        }
        + broadcastingPairs.map { left, right in
            OperationSample("binary", "\(left) - \(right)", terms: 64, differentiable: ["a", "b"]) { draw in
                ["a": draw.normal(left), "b": draw.normal(right)]
            } build: { x in
                ["y": x["a"] - x["b"]]
            }
        }
        + edgeSizes.map { size in
            OperationSample("binary", "add of \(size)") { draw in
                ["a": draw.outliers([size]), "b": draw.normal([size])]
            } build: { x in
                ["y": x["a"] + x["b"]]
            }
        }
        + [
            OperationSample("binary", "an operand with itself", differentiable: ["a"]) {
                ["a": $0.normal([17])]
            } build: { x in
                ["product": x["a"] * x["a"], "sum": x["a"] + x["a"], "zero": x["a"] - x["a"]]
            }
        ]

    static let selections: [OperationSample] = [
        OperationSample("select", "by 0, -0, NaN and others", differentiable: ["a", "b"]) { draw in
            [
                "condition": Tensor([6], [0, -0.0, 1, -1, .nan, .infinity] as [Float]), "a": draw.normal([6]),
                "b": draw.normal([6]),
            ]
        } build: { x in
            ["y": x["condition"].select(x["a"], x["b"])]
        },
        OperationSample("select", "three shapes, broadcast", differentiable: ["a", "b"]) { draw in
            ["condition": draw.tied([3, 1, 17]), "a": draw.normal([5, 1]), "b": draw.normal([])]
        } build: { x in
            ["y": x["condition"].select(x["a"], x["b"])]
        },
        OperationSample("select", "does not let NaN through") { draw in
            ["condition": draw.tied([33]), "a": Tensor([33], repeating: .nan), "b": draw.normal([33])]
        } build: { x in
            ["y": (x["condition"] * x["condition"] - x["condition"] * x["condition"]).select(x["a"], x["b"])]
        },
    ]

    static let casts: [OperationSample] = [
        OperationSample("cast", "float32 to int32, rounded toward zero and saturated") { _ in
            let numbers: [Float] = [
                0, -0.0, 0.5, -0.5, 1.99, -1.99, 16_777_216, 2_147_483_520, 2_147_483_648, -2_147_483_648, 3e9, -3e9,
                .infinity, -.infinity,
            ]
            return ["x": Tensor([numbers.count], numbers)]
        } build: {
            ["y": $0["x"].cast(to: .int32)]
        },
        OperationSample("cast", "float32 to uint8, rounded toward zero and saturated") { _ in
            let numbers: [Float] = [0, -0.5, -1, 0.999, 1, 254.99, 255, 255.5, 256, 1e9, .infinity, -.infinity]
            return ["x": Tensor([numbers.count], numbers)]
        } build: {
            ["y": $0["x"].cast(to: .uint8)]
        },
        OperationSample("cast", "int32 to float32, past 2^24") { _ in
            ["x": Tensor([7], [0, -1, 7, 16_777_217, 16_777_219, Int32.max, Int32.min] as [Int32])]
        } build: {
            ["y": $0["x"].cast(to: .float32)]
        },
        OperationSample("cast", "uint8 to float32, all 256") { _ in
            ["x": Tensor([256], (0...255).map { UInt8($0) })]
        } build: {
            ["y": $0["x"].cast(to: .float32)]
        },
        OperationSample("cast", "float32 to float32", differentiable: ["x"]) {
            ["x": $0.normal([17])]
        } build: {
            ["y": $0["x"].cast(to: .float32)]
        },
    ]
}

extension Op.Unary {
    /// Whether the operation is smooth on positive numbers only.
    fileprivate var takesPositive: Bool {
        switch self {
        case .log, .sqrt, .reciprocal: true
        case .exp: true
        case .negate, .tanh, .softplus, .relu, .absolute: false
        }
    }
}

extension Op.Binary {
    fileprivate var hasGradient: Bool {
        switch self {
        case .add, .subtract, .multiply, .divide, .maximum, .minimum: true
        case .greater, .equal: false
        }
    }
}
