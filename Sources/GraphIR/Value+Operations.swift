// Operations as expressions over values: one function or operator per primitive.

public import TensorCore

extension Value {
    private func unary(_ op: Op.Unary) -> Value { builder.add(.unary(op), [self])[0] }
    private func binary(_ op: Op.Binary, _ other: Value) -> Value { builder.add(.binary(op), [self, other])[0] }

    /// e^x, element by element.
    public func exp() -> Value { unary(.exp) }
    /// The natural logarithm, element by element.
    public func log() -> Value { unary(.log) }
    /// The square root, element by element.
    public func sqrt() -> Value { unary(.sqrt) }
    /// 1 / x, element by element.
    public func reciprocal() -> Value { unary(.reciprocal) }
    /// The hyperbolic tangent, element by element.
    public func tanh() -> Value { unary(.tanh) }
    /// log(1 + e^x), element by element.
    public func softplus() -> Value { unary(.softplus) }
    /// max(x, 0), element by element.
    public func relu() -> Value { unary(.relu) }
    /// |x|, element by element.
    public func absolute() -> Value { unary(.absolute) }
    /// -x, element by element.
    public static prefix func - (value: Value) -> Value { value.unary(.negate) }

    /// a + b with broadcasting.
    public static func + (a: Value, b: Value) -> Value { a.binary(.add, b) }
    /// a - b with broadcasting.
    public static func - (a: Value, b: Value) -> Value { a.binary(.subtract, b) }
    /// a b, element by element, with broadcasting.
    public static func * (a: Value, b: Value) -> Value { a.binary(.multiply, b) }
    /// a / b, element by element, with broadcasting.
    public static func / (a: Value, b: Value) -> Value { a.binary(.divide, b) }
    /// a + b for a number b.
    public static func + (a: Value, b: Float) -> Value { a + a.builder.constant(b) }
    /// a - b for a number b.
    public static func - (a: Value, b: Float) -> Value { a - a.builder.constant(b) }
    /// a b for a number b.
    public static func * (a: Value, b: Float) -> Value { a * a.builder.constant(b) }
    /// a / b for a number b.
    public static func / (a: Value, b: Float) -> Value { a / a.builder.constant(b) }
    /// The larger of both, element by element.
    public func maximum(_ other: Value) -> Value { binary(.maximum, other) }
    /// The smaller of both, element by element.
    public func minimum(_ other: Value) -> Value { binary(.minimum, other) }
    /// 1 where this is greater, else 0.
    public func greater(than other: Value) -> Value { binary(.greater, other) }
    /// 1 where both are equal, else 0.
    public func equal(to other: Value) -> Value { binary(.equal, other) }
    /// `a` where this is not 0, else `b`.
    public func select(_ a: Value, _ b: Value) -> Value { builder.add(.select(.init()), [self, a, b])[0] }
    /// The same numbers as elements of another type.
    public func cast(to element: ElementType) -> Value { builder.add(.cast(.init(to: element)), [self])[0] }

    /// The same elements under another shape of the same count.
    public func reshape(_ shape: Shape) -> Value {
        shape == self.shape ? self : builder.add(.reshape(.init(to: shape)), [self])[0]
    }
    /// Repetition to `shape`.
    public func broadcast(to shape: Shape) -> Value {
        shape == self.shape ? self : builder.add(.broadcast(.init(to: shape)), [self])[0]
    }
    /// Axis `a` of the result is axis `permutation[a]` of this.
    public func transpose(_ permutation: [Int]) -> Value { builder.add(.transpose(.init(permutation)), [self])[0] }
    /// The part between `starts` and `ends` along every axis.
    public func slice(starts: [Int], ends: [Int]) -> Value {
        builder.add(.slice(.init(starts: starts, ends: ends)), [self])[0]
    }
    /// The rows (indices of the first axis) in `range`.
    public func rows(_ range: Range<Int>) -> Value {
        let rest = shape.extents.dropFirst()
        return slice(starts: [range.lowerBound] + rest.map { _ in 0 }, ends: [range.upperBound] + rest)
    }
    /// Zeros before and after the elements along every axis.
    public func pad(before: [Int], after: [Int]) -> Value {
        builder.add(.pad(.init(before: before, after: after)), [self])[0]
    }
    /// `values` one after another along `axis`; there must be one at least.
    public static func concatenate(_ values: [Value], axis: Int = 0) -> Value {
        precondition(!values.isEmpty, "concatenate: no values")
        return values[0].builder.add(.concatenate(.init(axis: axis)), values)[0]
    }

    /// The sum over `axes`, which stay with extent 1; over all axes where none are named.
    public func sum(over axes: [Int]? = nil) -> Value {
        builder.add(.reduce(.init(.sum, over: axes ?? Array(0..<shape.rank))), [self])[0]
    }
    /// The maximum over `axes`, which stay with extent 1; over all axes where none are named.
    public func maximum(over axes: [Int]? = nil) -> Value {
        builder.add(.reduce(.init(.maximum, over: axes ?? Array(0..<shape.rank))), [self])[0]
    }
    /// log sum exp over the last axis, which stays with extent 1.
    public func logSumExp() -> Value { builder.add(.logSumExp(.init()), [self])[0] }
    /// The rows of this matrix at `indices` (int32).
    public func gatherRows(_ indices: Value) -> Value { builder.add(.gatherRows(.init()), [self, indices])[0] }
    /// The sum of these rows into a table of `rows`, each at its index (int32).
    public func scatterAddRows(_ indices: Value, rows: Int) -> Value {
        builder.add(.scatterAddRows(.init(rows: rows)), [self, indices])[0]
    }
    /// One-hot rows of these int32 labels.
    public func oneHot(classes: Int) -> Value { builder.add(.oneHot(.init(classes: classes)), [self])[0] }
    /// The `count` largest elements of each row, and their columns.
    public func topK(_ count: Int) -> (values: Value, indices: Value) {
        let outputs = builder.add(.topK(.init(count)), [self])
        return (outputs[0], outputs[1])
    }

    /// The matrix product of this [..., M, K] with `other` [..., K, N], either read transposed where asked: [..., M, N]. Other
    /// shapes are an error of the graph.
    public func matrixProduct(_ other: Value, transposeLeft: Bool = false, transposeRight: Bool = false) -> Value {
        let op = Op.MatrixProduct(transposeLeft: transposeLeft, transposeRight: transposeRight)
        return builder.add(.matrixProduct(op), [self, other])[0]
    }
    /// For each row the reduction over its scores with the rows of `other`, which may be this matrix: see
    /// `Op.ScoreReduction`. The scores are nowhere kept.
    public func scoreReduction(
        _ kind: Op.ScoreReduction.Kind, with other: Value, scale: Float, excludesDiagonal: Bool = false
    ) -> Value {
        let op = Op.ScoreReduction(kind, scale: scale, excludesDiagonal: excludesDiagonal)
        return builder.add(.scoreReduction(op), other.id == id ? [self] : [self, other])[0]
    }
    /// The convolution of these images [N,H,W,C] with `filter` [R,S,C,K], plus `bias` [K].
    public func convolution(_ filter: Value, bias: Value? = nil, _ geometry: ConvolutionGeometry) -> Value {
        builder.add(.convolution(.init(geometry)), [self, filter] + (bias.map { [$0] } ?? []))[0]
    }
    /// The convolution's gradient by images of `inputShape`, for this gradient of its output.
    public func convolutionBackwardInput(
        _ filter: Value, _ geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Value {
        builder.add(.convolutionBackwardInput(.init(geometry, inputShape: inputShape)), [self, filter])[0]
    }
    /// The convolution's gradient by a filter of `filterShape`, for these images and the gradient of the output.
    public func convolutionBackwardFilter(
        _ outputGradient: Value, _ geometry: ConvolutionGeometry, filterShape: Shape
    ) -> Value {
        builder.add(.convolutionBackwardFilter(.init(geometry, filterShape: filterShape)), [self, outputGradient])[0]
    }
    /// Batch normalization over all axes but the last, with the statistics of each of V = `views` equal parts of the batch:
    /// for [N,...,C] and `scale` and `shift` [C] the normalized [N,...,C], and means and biased variances [V,C]. Other
    /// shapes are an error of the graph, see `Op.BatchNormalization`.
    public func batchNormalization(
        scale: Value, shift: Value, epsilon: Float = 1e-5, views: Int = 1
    ) -> (normalized: Value, mean: Value, variance: Value) {
        let op = Op.BatchNormalization(epsilon: epsilon, views: views)
        let outputs = builder.add(.batchNormalization(op), [self, scale, shift])
        return (outputs[0], outputs[1], outputs[2])
    }
    /// The maximum of each `window` by `window` pixels: [N,H,W,C] becomes [N,H/window,W/window,C], rounded down. Other
    /// shapes, and windows that are larger than an image or not from 1 to 15, are an error of the graph.
    public func maxPool(window: Int) -> Value { builder.add(.maxPool(.init(.init(window: window))), [self])[0] }
    /// The mean of each `window` by `window` pixels; shapes and errors as of `maxPool`.
    public func averagePool(window: Int) -> Value {
        builder.add(.averagePool(.init(.init(window: window))), [self])[0]
    }
    /// The views of these pixels that the tables of `images` and `views` tell, see `Op.Resample`.
    public func resampled(_ op: Op.Resample, images: Value, views: Value, angles: Value) -> Value {
        builder.add(.resample(op), [self, images, views, angles])[0]
    }
}

extension GraphBuilder {
    /// Random numbers that differ with `counter` (int32 without axes), see `Op.Random`.
    public func random(
        _ distribution: Op.Random.Distribution, _ shape: Shape, seed: UInt64, stream: UInt32, counter: Value
    ) -> Value {
        add(.random(.init(distribution, shape: shape, seed: seed, stream: stream)), [counter])[0]
    }

    /// The parameters of the views of `items` in `step`, drawn as `drawing` says, see `Op.DrawViews`.
    public func drawViews(
        of items: Value, step: Value, images: Value, _ drawing: ViewDrawing
    ) -> (views: Value, angles: Value) {
        let outputs = add(.drawViews(.init(drawing)), [items, step, images])
        return (outputs[0], outputs[1])
    }
}
