// A variable of a model: its shape in the engine, its first value, and how it lies on disk.

public import GraphIR
public import TensorCore

/// A variable of a model, by the name that it bears in files of weights.
public struct Parameter: Hashable, Sendable {
    /// What a variable is for.
    public enum Role: Hashable, Sendable {
        /// Changed by the optimizer.
        case trainable
        /// A running mean or variance, changed by the forward pass in training.
        case runningStatistic
        /// A count of batches: a whole number, int64 on disk.
        case counter
    }

    /// What a variable holds before training.
    public enum Initialization: Hashable, Sendable {
        /// One value everywhere.
        case constant(Float)
        /// Uniform on [-bound, bound): PyTorch's default for convolutions and linear maps has 1 / sqrt(fan-in).
        case uniform(bound: Float)
    }

    /// The name, in the graph and on disk: `f.0.weight`.
    public let name: String
    /// The shape in the engine's own layout.
    public let shape: Shape
    /// The layout on disk.
    public let fileLayout: FileLayout
    /// What it is for.
    public let role: Role
    /// What it holds before training.
    public let initialization: Initialization

    /// Makes a parameter; without a `fileLayout` it lies on disk as in the engine.
    public init(
        _ name: String, _ shape: Shape, _ initialization: Initialization, role: Role = .trainable,
        fileLayout: FileLayout? = nil
    ) {
        (self.name, self.shape, self.initialization, self.role) = (name, shape, initialization, role)
        self.fileLayout = fileLayout ?? FileLayout(fileShape: shape)
        precondition(self.fileLayout.fileShape.count == shape.count, "\(name): \(self.fileLayout) for \(shape)")
    }

    /// The first value: a pure function of `seed` and the parameter's name.
    public func initialValue(seed: UInt64) -> Tensor {
        switch initialization {
        case .constant(let value): return Tensor(shape, repeating: value)
        case .uniform(let bound):
            var generator = CounterGenerator(seed: seed, stream: stream)
            return Tensor(shape, generator.nextUniforms(shape.count, -bound, bound))
        }
    }

    /// The parameter as a value of a graph.
    public func value(in builder: GraphBuilder) -> Value {
        builder.variable(name, shape)
    }

    /// The name as a number (FNV-1a), so that no two parameters share random numbers.
    private var stream: UInt64 {
        name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}

/// How a parameter lies on disk, in the layout of PyTorch: seen there as `view`, its axes in another order.
public struct FileLayout: Hashable, Sendable {
    /// The shape on disk.
    public let fileShape: Shape
    /// The shape under which the axes on disk are told apart.
    public let view: Shape
    /// For each axis in the engine, the axis of `view` that it is.
    public let permutation: [Int]

    /// The layout of a parameter that lies on disk as in the engine.
    public init(fileShape: Shape) {
        self.init(fileShape: fileShape, view: fileShape, permutation: Array(0..<fileShape.rank))
    }

    /// The layout on disk of `fileShape`, whose axes, seen as `view`, the engine has in the order `permutation`.
    public init(fileShape: Shape, view: Shape, permutation: [Int]) {
        (self.fileShape, self.view, self.permutation) = (fileShape, view, permutation)
    }

    /// The tensor read from disk, in the engine's layout and `shape`.
    public func toEngine(_ tensor: Tensor, shape: Shape) -> Tensor {
        Tensor(shape, Self.permuted(tensor.floats, view, permutation))
    }

    /// The engine's tensor as it lies on disk.
    public func toFile(_ tensor: Tensor) -> Tensor {
        var inverse = permutation
        for (axis, source) in permutation.enumerated() { inverse[source] = axis }
        let engineView = Shape(permutation.map { view[$0] })
        return Tensor(fileShape, Self.permuted(tensor.floats, engineView, inverse))
    }

    private static func permuted(_ elements: [Float], _ shape: Shape, _ permutation: [Int]) -> [Float] {
        guard permutation != Array(0..<shape.rank) else { return elements }
        let strides = permutation.map { shape.strides[$0] }
        let extents = permutation.map { shape[$0] }
        var index = [Int](repeating: 0, count: extents.count)
        var source = 0
        return elements.indices.map { _ in
            defer {
                var axis = extents.count - 1
                while axis >= 0 {
                    index[axis] += 1
                    source += strides[axis]
                    if index[axis] < extents[axis] { break }
                    source -= strides[axis] * extents[axis]
                    index[axis] = 0
                    axis -= 1
                }
            }
            return elements[source]
        }
    }
}
