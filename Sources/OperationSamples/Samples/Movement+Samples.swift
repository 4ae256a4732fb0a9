// Samples of the operations that move elements: they must be exact.

import GraphIR
import TensorCore

extension OperationSample {
    static let reshapes: [OperationSample] = [
        OperationSample("reshape", "to rows, and back as an output", differentiable: ["x"]) {
            ["x": $0.normal([2, 3, 5])]
        } build: { x in
            let rows = x["x"].reshape([6, 5])
            return ["rows": rows, "doubled": (rows + rows).reshape([30]), "scalar": rows.sum().reshape(.scalar)]
        },
        OperationSample("reshape", "of int32 and uint8") { draw in
            ["integers": draw.integers([4, 3], below: 9), "bytes": draw.bytes([2, 5], below: 200)]
        } build: { x in
            ["integers": x["integers"].reshape([12]), "bytes": x["bytes"].reshape([5, 2, 1])]
        },
        OperationSample("reshape", "of a value that is still used afterwards", differentiable: ["x"]) {
            ["x": $0.normal([4, 6])]
        } build: { x in
            let y = x["x"].exp()
            let flat = y.reshape([24])
            return ["flat": flat.tanh(), "y": y * y, "both": flat.reshape([4, 6]) + y]
        },
    ]

    static let broadcasts: [OperationSample] =
        ([
            ([], [1]), ([], [3, 5]), ([1], [17]), ([5], [3, 5]), ([3, 1], [3, 5]), ([1, 4, 1], [2, 4, 33]),
            ([2, 1, 1, 3], [2, 5, 7, 3]), ([1, 1], [1, 1, 1, 6]),
        ] as [(Shape, Shape)]).map { from, to in
            OperationSample("broadcast", "\(from) to \(to)", differentiable: ["x"]) {
                ["x": $0.normal(from)]
            } build: {
                ["y": $0["x"].broadcast(to: to)]
            }
        }

    static let transposes: [OperationSample] =
        ([
            ([5], [0]), ([1, 7], [1, 0]), ([7, 1], [1, 0]), ([3, 5], [0, 1]), ([15, 17], [1, 0]), ([16, 16], [1, 0]),
            ([33, 31], [1, 0]), ([2, 3, 5], [0, 2, 1]), ([2, 3, 5], [1, 0, 2]), ([2, 3, 5], [2, 0, 1]),
            ([2, 3, 5], [1, 2, 0]), ([2, 3, 5], [2, 1, 0]), ([2, 5, 7, 3], [0, 3, 1, 2]),
            ([2, 3, 5, 7], [0, 2, 3, 1]),
            ([3, 2, 4, 5], [3, 1, 2, 0]),
        ] as [(Shape, [Int])]).map { shape, permutation in
            OperationSample("transpose", "\(shape) by \(permutation)", differentiable: ["x"]) {
                ["x": $0.normal(shape)]
            } build: {
                ["y": $0["x"].transpose(permutation)]
            }
        }

    static let concatenations: [OperationSample] =
        ([
            ([[3]], 0), ([[3], [5]], 0), ([[1, 4], [2, 4], [3, 4]], 0), ([[3, 1], [3, 17]], 1),
            ([[2, 3, 4], [2, 1, 4], [2, 5, 4]], 1),
        ]
        as [([Shape], Int)]).map { shapes, axis in
            let names = shapes.indices.map { "x\($0)" }
            return OperationSample("concatenate", "\(shapes) along \(axis)", differentiable: names) { draw in
                var tensors: [String: Tensor] = [:]
                for (name, shape) in zip(names, shapes) { tensors[name] = draw.normal(shape) }
                return tensors
            } build: { x in
                ["y": Value.concatenate(names.map { x[$0] }, axis: axis)]
            }
        }
        + [
            OperationSample("concatenate", "eleven values, some of them the same", differentiable: ["a", "b"]) { draw in
                ["a": draw.normal([2, 3]), "b": draw.normal([2, 1])]
            } build: { x in
                ["y": Value.concatenate((0..<11).map { $0 % 3 == 0 ? x["b"] : x["a"] }, axis: 1)]
            }
        ]

    static let slices: [OperationSample] =
        ([
            ([1], [0], [1]), ([17], [16], [17]), ([17], [0], [16]), ([5, 7], [0, 0], [5, 7]),
            ([5, 7], [1, 2], [4, 3]),
            ([2, 3, 5], [1, 0, 4], [2, 3, 5]), ([3, 4, 5, 6], [1, 1, 1, 1], [2, 4, 3, 5]),
        ] as [(Shape, [Int], [Int])]).map { shape, starts, ends in
            OperationSample("slice", "\(shape) from \(starts) to \(ends)", differentiable: ["x"]) {
                ["x": $0.normal(shape)]
            } build: {
                ["y": $0["x"].slice(starts: starts, ends: ends)]
            }
        }

    static let pads: [OperationSample] =
        ([
            ([1], [0], [0]), ([3], [1], [2]), ([3, 5], [0, 1], [2, 0]), ([2, 3, 4], [1, 2, 0], [0, 1, 3]),
            ([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 1, 1]),
        ] as [(Shape, [Int], [Int])]).map { shape, before, after in
            OperationSample("pad", "\(shape) by \(before) and \(after)", differentiable: ["x"]) {
                ["x": $0.normal(shape)]
            } build: {
                ["y": $0["x"].pad(before: before, after: after)]
            }
        }
}
