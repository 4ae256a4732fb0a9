// Files of weights: the same bytes again, and errors that say what is wrong with them.

import Evaluation
import Execution
import GraphIR
import Layers
import ReferenceBackend
import TensorCore
import TensorFiles
import Testing

@Suite("Files of weights")
struct WeightsTests {
    @Test("PyTorch's files are written with the bytes that were read")
    func sameBytes() throws {
        let file = try SafetensorsFile.read(Golden.path("weights"))
        let encoder = Encoder(try Encoder.Sizes(of: file))
        let other = try SafetensorsFile.read(Golden.path("weights-reconstructor"))
        for (read, parameters) in [(file, encoder.parameters), (other, Reconstructor(encoder.sizes).parameters)] {
            let written = try Weights(parameters, from: read).file(metadata: read.metadata)
            #expect(Set(written.names) == Set(read.names))
            for tensor in read.tensors {
                let again = try written.tensor(tensor.name)
                #expect(again.element == tensor.element && again.shape == tensor.shape, "\(tensor.name)")
                #expect(again.bytes.elementsEqual(tensor.bytes), "\(tensor.name)")
            }
            let reread = try SafetensorsFile(bytes: written.serialized, name: "again")
            #expect(
                try Weights(parameters, from: reread).file(metadata: read.metadata).serialized == written.serialized)
        }
    }

    @Test("the first weights are a function of the seed, within PyTorch's bounds")
    func initialization() throws {
        let encoder = Encoder(try Encoder.Sizes(of: SafetensorsFile.read(Golden.path("weights"))))
        let (first, second) = (Weights(encoder.parameters, seed: 1), Weights(encoder.parameters, seed: 2))
        #expect(first.file().serialized == Weights(encoder.parameters, seed: 1).file().serialized)
        // Fan-in 9 for the first convolution, 72 for the others and for the linear map.
        for (name, fanIn) in [("f.0.weight", 9.0), ("f.0.bias", 9), ("f.3.weight", 72), ("f.16.weight", 72)] {
            let (a, b) = (try #require(first[name]).doubles, try #require(second[name]).doubles)
            let bound = 1 / fanIn.squareRoot()
            #expect(a != b, "\(name)")
            #expect(a.allSatisfy { abs($0) <= bound }, "\(name)")
            #expect((a.map { abs($0) }.max() ?? 0) > 0.6 * bound, "\(name)")
        }
        for (name, value) in [("f.1.weight", 1.0), ("f.1.bias", 0), ("f.1.running_mean", 0), ("f.1.running_var", 1)] {
            #expect(try #require(first[name]).doubles == [Double](repeating: value, count: 8), "\(name)")
        }
    }

    @Test("a program gets every parameter that it is to be given, or an error that names the first")
    func loading() throws {
        var sizes = Encoder.Sizes()
        (sizes.inputSize, sizes.channels, sizes.features) = (8, 2, 4)
        let encoder = Encoder(sizes)
        let builder = GraphBuilder()
        builder.output("features", encoder(builder.input("images", encoder.imageShape(1)), .inference))
        let program = try ReferenceBackend().compile(builder.finish())
        let weights = Weights(encoder.parameters, seed: 1)
        try weights.load(into: program)
        #expect(try program.read("f.16.weight") == weights["f.16.weight"])
        let more = Weights(encoder.parameters + Reconstructor(sizes).parameters, seed: 2)
        try more.load(encoder.parameters, into: program)
        #expect(try program.read("f.16.weight") == more["f.16.weight"])

        #expect(throws: ExecutionError.variable(name: "recon.f.0.weight", reason: "does not exist")) {
            try more.load(into: program)
        }
        let other = Weights(Encoder(sizes, prefix: "s.").parameters, seed: 1)
        #expect(throws: ExecutionError.variable(name: "f.0.weight", reason: "is not among the weights")) {
            try other.load(encoder.parameters, into: program)
        }
        #expect(throws: ExecutionError.variable(name: "f.0.weight", reason: "is not among the weights")) {
            try Embedder(encoder, other, on: ReferenceBackend())
        }
        sizes.channels = 3
        #expect(throws: ExecutionError.self) {
            try Weights(Encoder(sizes).parameters, seed: 1).load(into: program)
        }
    }

    @Test("missing and unexpected names are all listed")
    func names() throws {
        let error = try failure { file in
            file.remove("f.3.bias")
            file.remove("f.16.weight")
            file.tensors.append(("head.weight", Tensor([2], repeating: 1)))
        }
        #expect(
            error?.description
                == "memory is malformed: missing: f.3.bias, f.16.weight; unexpected: head.weight")
    }

    @Test("a name with the ignored prefix may be there")
    func ignoredPrefix() throws {
        var file = try TensorList()
        file.tensors.append(("recon.f.0.weight", Tensor([2], repeating: 1)))
        let parameters = Encoder(Self.sizes).parameters
        #expect(throws: TensorFileError.self) { try Weights(parameters, from: file.file) }
        _ = try Weights(parameters, from: file.file, ignoring: ["recon."])
    }

    @Test("a wrong shape is named with the one that is expected")
    func shapes() throws {
        let error = try failure { file in file.replace("f.3.weight", Tensor([4, 4, 3, 2], repeating: 0)) }
        #expect(
            error?.description
                == "tensor 'f.3.weight' of memory: has the shape [4, 4, 3, 2], expected [4, 4, 3, 3]")
    }

    @Test("a number that is not finite is named with its place", arguments: [Float.nan, -.infinity])
    func notFinite(number: Float) throws {
        var values = [Float](repeating: 0, count: 4 * 4 * 9)
        values[1 * 36 + 2 * 9 + 5] = number
        let error = try failure { $0.replace("f.3.weight", Tensor([4, 4, 3, 3], values)) }
        #expect(
            error?.description
                == "tensor 'f.3.weight' of memory: holds \(number) at [1, 2, 1, 2], which is no weight")
    }

    @Test("whole numbers are no weights, and a fraction is no count")
    func types() throws {
        let weights = try failure { $0.replace("f.0.bias", Tensor([4], [Int32](repeating: 0, count: 4))) }
        #expect(weights?.description == "tensor 'f.0.bias' of memory: I32 where floating point is wanted")
        let count = try failure { $0.replace("f.1.num_batches_tracked", Tensor(0.5)) }
        #expect(
            count?.description == "tensor 'f.1.num_batches_tracked' of memory: F32 where whole numbers are wanted")
    }

    @Test("a file tells the sizes of its encoder", arguments: [(4, 16, 12), (8, 28, 1024), (3, 40, 5), (2, 31, 6)])
    func sizes(channels: Int, inputSize: Int, features: Int) throws {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.inputSize, sizes.features) = (channels, inputSize, features)
        let weights = Weights(Encoder(sizes).parameters, seed: 0)
        let stated = weights.file(metadata: ["encoder.inputSize": "\(inputSize)"])
        #expect(try Encoder.Sizes(of: stated) == sizes)
        if inputSize == 28 || inputSize % 8 == 0 { #expect(try Encoder.Sizes(of: weights.file()) == sizes) }
    }

    @Test("a file whose tensors fit no encoder is refused")
    func noSizes() throws {
        func error(_ change: (inout TensorList) -> Void) throws -> String? {
            var file = try TensorList()
            change(&file)
            return #expect(throws: TensorFileError.self) { try Encoder.Sizes(of: file.file) }?.description
        }
        #expect(
            try error { $0.replace("f.0.weight", Tensor([4], repeating: 0)) }
                == "tensor 'f.0.weight' of memory: has the shape [4], expected [channels, 1, 3, 3]")
        #expect(
            try error { $0.replace("f.16.weight", Tensor([12, 21], repeating: 0)) }
                == "tensor 'f.16.weight' of memory: has 21 columns, which is no square of pixels times 4 channels")
        #expect(
            try error { $0.metadata = ["encoder.inputSize": "32"] }
                == "tensor 'f.16.weight' of memory: does not fit the input size 32 that the file states")
    }

    static let sizes: Encoder.Sizes = {
        var sizes = Encoder.Sizes()
        (sizes.channels, sizes.inputSize, sizes.features) = (4, 16, 12)
        return sizes
    }()

    /// The error with which weights are refused after `change`.
    private func failure(_ change: (inout TensorList) -> Void) throws -> TensorFileError? {
        var file = try TensorList()
        change(&file)
        return #expect(throws: TensorFileError.self) { try Weights(Encoder(Self.sizes).parameters, from: file.file) }
    }
}

/// The tensors of a small encoder's file, to be changed.
private struct TensorList {
    var tensors: [(name: String, tensor: Tensor)]
    var metadata: [String: String] = [:]

    init() throws {
        tensors = try Weights(Encoder(WeightsTests.sizes).parameters, seed: 0).file().tensors.map {
            ($0.name, try $0.tensor())
        }
    }

    mutating func remove(_ name: String) { tensors.removeAll { $0.name == name } }

    mutating func replace(_ name: String, _ tensor: Tensor) {
        tensors = tensors.map { $0.name == name ? (name, tensor) : $0 }
    }

    var file: SafetensorsFile {
        var file = SafetensorsFile(metadata: metadata)
        for (name, tensor) in tensors { file.append(name, tensor) }
        return file
    }
}
