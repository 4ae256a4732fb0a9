// Samples of the pooling operations: ties, rows left over, NaN.

import GraphIR
import TensorCore

private let pooledShapes: [(Shape, window: Int)] = [
    ([1, 1, 1, 1], 1), ([2, 2, 2, 1], 2), ([2, 7, 7, 3], 2), ([1, 7, 6, 17], 2), ([3, 5, 9, 4], 3), ([1, 4, 5, 16], 4),
    ([1, 15, 16, 2], 15), ([2, 3, 4, 33], 1), ([1, 8, 8, 5], 2),
]

extension OperationSample {
    static let maxPools: [OperationSample] =
        pooledShapes.map { shape, window in
            OperationSample("maxPool", "\(shape), window \(window)", differentiable: ["x"]) {
                ["x": $0.separated(shape)]
            } build: {
                maxPooled($0, window)
            }
        }
        + [
            OperationSample("maxPool", "of ties: the first in row order, with its gradient") {
                ["x": $0.tied([2, 7, 7, 5])]
            } build: { x in
                var results = maxPooled(x, 2)
                if let y = results["y"] {
                    results["gradient"] = y.square().sumOfAll().gradients(withRespectTo: [x["x"]])[0]
                }
                return results
            },
            OperationSample("maxPool", "of one number, everywhere") { _ in
                ["x": Tensor([1, 6, 6, 2], repeating: -1)]
            } build: {
                maxPooled($0, 3)
            },
            OperationSample("maxPool", "with NaN, which is the largest, and -infinity") { draw in
                let x = draw.placing(.nan, at: [5, 10, 11, 30], in: draw.normal([1, 6, 6, 1]))
                return ["x": draw.placing(-.infinity, at: [2, 3, 8, 9], in: x)]
            } build: {
                maxPooled($0, 2)
            },
            OperationSample("maxPool", "[6, 28, 28, 65], window 2", .medium) {
                ["x": $0.normal([6, 28, 28, 65])]
            } build: {
                maxPooled($0, 2)
            },
        ]

    static let maxPoolsBackward: [OperationSample] = pooledShapes.map { shape, window in
        let output: Shape = [shape[0], shape[1] / window, shape[2] / window, shape[3]]
        let op = Op.MaxPoolBackward(.init(window: window), inputShape: shape)
        return OperationSample("maxPoolBackward", "\(shape), window \(window)") { draw in
            ["dy": draw.normal(output), "places": draw.bytes(output, below: window * window)]
        } build: { x in
            ["dx": x.builder.add(.maxPoolBackward(op), [x["dy"], x["places"]])[0]]
        }
    }

    static let averagePools: [OperationSample] =
        pooledShapes.map { shape, window in
            OperationSample("averagePool", "\(shape), window \(window)", terms: window * window, differentiable: ["x"])
            {
                ["x": $0.normal(shape)]
            } build: {
                ["y": $0["x"].averagePool(window: window)]
            }
        }
        + [
            OperationSample("averagePool", "[6, 28, 28, 65], window 2", .medium, terms: 4) {
                ["x": $0.normal([6, 28, 28, 65])]
            } build: {
                ["y": $0["x"].averagePool(window: 2)]
            }
        ]

    static let averagePoolsBackward: [OperationSample] = pooledShapes.map { shape, window in
        let output: Shape = [shape[0], shape[1] / window, shape[2] / window, shape[3]]
        let op = Op.AveragePoolBackward(.init(window: window), inputShape: shape)
        return OperationSample("averagePoolBackward", "\(shape), window \(window)", differentiable: ["dy"]) {
            ["dy": $0.normal(output)]
        } build: { x in
            ["dx": x.builder.add(.averagePoolBackward(op), [x["dy"]])[0]]
        }
    }

    private static func maxPooled(_ x: SampleValues, _ window: Int) -> [String: Value] {
        let outputs = x.builder.add(.maxPool(.init(.init(window: window))), [x["x"]])
        return ["y": outputs[0], "places": outputs[1]]
    }
}
