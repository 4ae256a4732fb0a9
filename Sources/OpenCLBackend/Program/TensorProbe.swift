// Whether a device has tensor cores that its compiler lets us reach: a small product tells.

import Execution
import GraphIR
import OpenCLRuntime
import TensorCore

/// A product of small whole numbers, which every right answer computes exactly, by the kernel that is to serve.
enum TensorProbe {
    private static let extent = 64

    /// Why the device of `backend` does not multiply in its precision; `nil` where it does.
    static func obstacle(on backend: OpenCLBackend) -> String? {
        if backend.precision == .float32 { return nil }
        let rounding = backend.target.forcedKernels.filter { backend.target.rounds($0.key) }
        for (operation, choice) in rounding.sorted(by: { $0.key < $1.key }) {
            guard backend.target.candidates(for: operation).contains(choice) else {
                return "'\(choice)' is forced for \(operation), and does not round"
            }
        }
        guard case .tiled = backend.target.shippedChoice(for: "matrixProduct") else {
            return "its work-groups and their local memory are too small"
        }
        let left = numbers { $0 * 5 % 17 - 8 }
        let right = numbers { $0 * 7 % 19 - 9 }
        do throws(ExecutionError) {
            let computed = try backend.compile(graph()).run(["left": left, "right": right])["product"]
            guard let computed else { return "a small product has no result" }
            for (place, value) in computed.floats.enumerated() {
                let (row, column) = (place / extent, place % extent)
                let expected = (0..<extent).reduce(Float(0)) {
                    $0 + left.floats[row * extent + $1] * right.floats[$1 * extent + column]
                }
                if value != expected {
                    return "a small product has \(value) at [\(row), \(column)], and should have \(expected)"
                }
            }
            return nil
        } catch .device(let reason) {
            return "NVIDIA's GPUs do, from compute capability 8.0 on (\(reason))"
        } catch {
            return error.description
        }
    }

    private static func numbers(_ element: (Int) -> Int) -> Tensor {
        Tensor([extent, extent], (0..<extent * extent).map { Float(element($0)) })
    }

    private static func graph() throws(ExecutionError) -> Graph {
        let builder = GraphBuilder()
        let (left, right) = (builder.input("left", [extent, extent]), builder.input("right", [extent, extent]))
        builder.output("product", left.matrixProduct(right))
        do {
            return try builder.finish()
        } catch {
            throw .graph(error)
        }
    }
}
