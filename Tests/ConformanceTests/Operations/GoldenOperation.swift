// One case of the golden operations: the graph that computes what PyTorch recorded, with its gradients.

import Autodiff
import Execution
import GraphIR
import TensorCore
import Testing

/// A case like `convolution.padded`: inputs, output, the output's gradient, and with it the gradient of each input.
struct GoldenOperation {
    let name: String
    let golden: Golden

    /// The names of all cases in the file.
    static func names(in golden: Golden) -> [String] {
        golden.names.filter { $0.hasSuffix(".upstream") }.map { String($0.dropLast(".upstream".count)) }.sorted()
    }

    /// Runs the case on `backend` and compares output and gradients.
    func check(on backend: some Backend, safety: Float = 32) throws {
        let tensors = try golden.tensors(under: name)
        let names = tensors.keys.filter { tensors["gradient.\($0)"] != nil }.sorted()
        let builder = GraphBuilder()
        var values: [String: Value] = [:]
        let isInference = name.contains("inference")
        for name in tensors.keys.sorted() where names.contains(name) || isInference && name.hasPrefix("running") {
            values[name] = builder.input(name, try #require(tensors[name]).shape)
        }
        let upstream = builder.constant(try #require(tensors["upstream"]))
        let output = try result(values, tensors).reshape(upstream.shape)
        builder.output("output", output)
        let gradients = (output * upstream).sumOfAll().gradients(withRespectTo: names.compactMap { values[$0] })
        for (name, gradient) in zip(names, gradients) { builder.output("gradient.\(name)", gradient) }

        let program = try backend.compile(try builder.finish())
        let results = try program.run(tensors.filter { values[$0.key] != nil })
        for (key, computed) in results.sorted(by: { $0.key < $1.key }) {
            let expected = try #require(tensors[key])
            // At logits of 1e4 the log-sum-exp is rounded to within 5e-4, and its gradient is a power of that.
            let safety = key == "gradient.input" && name == "logSumExp" ? 2048 : safety
            let terms = expected.shape.rank == 4 ? 64 : expected.shape.count
            let comparison = computed.compared(to: expected, within: Tolerance(terms: terms, safety: safety))
            #expect(comparison.agrees, "\(backend.name), \(name), \(key): \(comparison)")
        }
    }

    /// The value of the operation that the name starts with.
    private func result(_ values: [String: Value], _ tensors: [String: Tensor]) throws -> Value {
        let kinds = name.split(separator: ".").map(String.init)
        func value(_ name: String) throws -> Value { try #require(values[name]) }
        func numbers(_ name: String) throws -> [Int] { try #require(tensors[name]).integers.map(Int.init) }
        switch kinds[0] {
        case "convolution":
            let sizes = try numbers("strideAndPadding")
            let geometry = ConvolutionGeometry(stride: sizes[0], padding: sizes[1])
            return try value("input").convolution(value("filter"), bias: values["bias"], geometry)
        case "transposedConvolution":
            let sizes = try numbers("strideAndPaddings")
            let geometry = ConvolutionGeometry(stride: sizes[0], padding: sizes[1])
            let sums = try value("input").transposedConvolution(value("filter"), geometry, outputPadding: sizes[2])
            return values["bias"].map { sums + $0 } ?? sums
        case "batchNormalization":
            let (x, scale, shift) = (try value("input"), try value("scale"), try value("shift"))
            if kinds[1] == "training" { return x.batchNormalization(scale: scale, shift: shift).normalized }
            let (mean, variance) = (try value("runningMean"), try value("runningVariance"))
            return x.normalized(mean: mean, variance: variance, scale: scale, shift: shift)
        case "pool":
            let window = try numbers("windowAndStride")[0]
            let x = try value("input")
            return kinds[1] == "maximum" ? x.maxPool(window: window) : x.averagePool(window: window)
        case "binaryCrossEntropy":
            let (logits, targets) = (try value("logits"), try value("targets"))
            return kinds.last == "mean"
                ? logits.binaryCrossEntropyWithLogits(targets: targets) : logits.softplus() - logits * targets
        default: return try rowwise(kinds[0], value("input"))
        }
    }

    private func rowwise(_ kind: String, _ input: Value) throws -> Value {
        switch kind {
        case "logSumExp": return input.logSumExp()
        case "softmax": return input.softmax()
        case "l2Normalize": return input.l2Normalized()
        case "sigmoid": return input.sigmoid()
        case "tanh": return input.tanh()
        case "softplus": return input.softplus()
        case "relu": return input.relu()
        default: throw UnknownOperation(name: name)
        }
    }

    /// The golden file names an operation that no one builds here.
    struct UnknownOperation: Error {
        let name: String
    }
}
