// The layers: each owns its parameters and writes its operations into a graph.

public import GraphIR
import TensorCore

/// For what a model's operations are written.
public enum Mode: Hashable, Sendable {
    /// Training: batch statistics for each of the `views` equal parts of the batch, running statistics updated once for
    /// each, in order.
    case training(views: Int)
    /// Use of a trained model: running statistics.
    case inference

    /// The number of parts that are normalized by themselves.
    var views: Int {
        switch self {
        case .training(let views): views
        case .inference: 1
        }
    }

    /// Whether `count` rows are whole parts of one row at least.
    func takes(_ count: Int) -> Bool { views > 0 && count > 0 && count.isMultiple(of: views) }
}

extension Value {
    /// Keeps as the graph's error that `layer` cannot take this value, which `finish()` throws; returns zeros of the
    /// shape `standIn` to go on with.
    func refused(_ layer: String, _ reason: String, standIn: Shape) -> Value {
        builder.record(.shape(operation: layer, inputs: [type], reason: reason))
        return builder.constant(Tensor(standIn, repeating: 0))
    }
}

/// A part of a model: parameters, and operations on a value.
public protocol Layer: Sendable {
    /// The layer's variables, in the order in which they lie on disk.
    var parameters: [Parameter] { get }

    /// The layer applied to `input`. A shape that it cannot take is kept as the graph's error, which `finish()` throws.
    func callAsFunction(_ input: Value, _ mode: Mode) -> Value
}

/// A convolution with a bias, as PyTorch's `Conv2d`.
public struct ConvolutionLayer: Layer {
    /// The filter, [R,S,C,K] in the engine, [K,C,R,S] on disk.
    public let filter: Parameter
    /// The bias [K].
    public let bias: Parameter
    /// Stride and padding.
    public let geometry: ConvolutionGeometry

    /// Makes a square convolution of `extent` from `input` to `output` channels, its parameters named after `name`.
    public init(_ name: String, from input: Int, to output: Int, extent: Int, _ geometry: ConvolutionGeometry) {
        let bound = 1 / Float(input * extent * extent).squareRoot()
        let file = FileLayout(channelsOnDisk: output, input, extent: extent)
        filter = Parameter("\(name).weight", [extent, extent, input, output], .uniform(bound: bound), fileLayout: file)
        bias = Parameter("\(name).bias", [output], .uniform(bound: bound))
        self.geometry = geometry
    }

    public var parameters: [Parameter] { [filter, bias] }

    /// Images [N,H,W,C] to [N,P,Q,K], in both modes, see `Op.Convolution`; other shapes are an error of the graph.
    public func callAsFunction(_ input: Value, _ mode: Mode) -> Value {
        input.convolution(filter.value(in: input.builder), bias: bias.value(in: input.builder), geometry)
    }
}

/// A transposed convolution, as PyTorch's `ConvTranspose2d`.
public struct TransposedConvolutionLayer: Layer {
    /// The filter of the convolution that it undoes: [R,S,out,in] in the engine, [in,out,R,S] on disk.
    public let filter: Parameter
    /// The bias [out], if it has one.
    public let bias: Parameter?
    /// Stride and padding of the convolution that it undoes.
    public let geometry: ConvolutionGeometry
    /// Rows and columns added at the end.
    public let outputPadding: Int

    /// Makes a square transposed convolution of `extent` from `input` to `output` channels.
    public init(
        _ name: String, from input: Int, to output: Int, extent: Int, _ geometry: ConvolutionGeometry,
        outputPadding: Int = 0, hasBias: Bool = false
    ) {
        // PyTorch takes the fan-in from the second axis on disk, which here is that of the output.
        let bound = 1 / Float(output * extent * extent).squareRoot()
        let file = FileLayout(channelsOnDisk: input, output, extent: extent)
        filter = Parameter("\(name).weight", [extent, extent, output, input], .uniform(bound: bound), fileLayout: file)
        bias = hasBias ? Parameter("\(name).bias", [output], .uniform(bound: bound)) : nil
        (self.geometry, self.outputPadding) = (geometry, outputPadding)
    }

    public var parameters: [Parameter] { [filter] + (bias.map { [$0] } ?? []) }

    /// Images [N,P,Q,in] to [N,H,W,out] with H = (P - 1) stride - 2 padding + R + outputPadding, in both modes; other shapes
    /// are an error of the graph.
    public func callAsFunction(_ input: Value, _ mode: Mode) -> Value {
        let output = input.transposedConvolution(
            filter.value(in: input.builder), geometry, outputPadding: outputPadding)
        return bias.map { output + $0.value(in: input.builder) } ?? output
    }
}

extension FileLayout {
    /// A filter that lies on disk as [first, second, R, S] and in the engine as [R, S, second, first].
    fileprivate init(channelsOnDisk first: Int, _ second: Int, extent: Int) {
        let shape: Shape = [first, second, extent, extent]
        self.init(fileShape: shape, view: shape, permutation: [2, 3, 1, 0])
    }
}

/// A linear map of rows, as PyTorch's `Linear`.
public struct LinearLayer: Layer {
    /// The matrix, [in, out] in the engine, [out, in] on disk.
    public let weight: Parameter
    /// The bias [out], if it has one.
    public let bias: Parameter?

    /// Makes a linear map from rows of `input` to rows of `output`. Rows that are flattened images, [rows, columns,
    /// channels] in the engine and [channels, rows, columns] on disk, say so, so that the columns on disk fit.
    public init(
        _ name: String, from input: ImageRow, to output: ImageRow, hasBias: Bool = true
    ) {
        let bound = 1 / Float(input.count).squareRoot()
        let file = FileLayout(
            fileShape: [output.count, input.count],
            view: Shape(output.extentsOnDisk + input.extentsOnDisk), permutation: [4, 5, 3, 1, 2, 0])
        weight = Parameter("\(name).weight", [input.count, output.count], .uniform(bound: bound), fileLayout: file)
        bias =
            hasBias
            ? Parameter("\(name).bias", [output.count], .uniform(bound: bound), fileLayout: output.fileLayout) : nil
    }

    public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

    /// Rows [N, in] to [N, out], in both modes; other shapes are an error of the graph.
    public func callAsFunction(_ input: Value, _ mode: Mode) -> Value {
        input.linear(weight.value(in: input.builder), bias: bias?.value(in: input.builder))
    }
}

/// What a row of features is: plain features, or a flattened image.
public struct ImageRow: Hashable, Sendable {
    /// The number of rows and of columns of the image.
    public let extent: Int
    /// The number of channels.
    public let channels: Int

    /// A flattened image.
    public static func image(extent: Int, channels: Int) -> ImageRow { .init(extent: extent, channels: channels) }
    /// Plain features: an image of one pixel.
    public static func features(_ count: Int) -> ImageRow { .init(extent: 1, channels: count) }

    var count: Int { extent * extent * channels }
    var extentsOnDisk: [Int] { [channels, extent, extent] }
    var fileLayout: FileLayout {
        FileLayout(fileShape: [count], view: Shape(extentsOnDisk), permutation: [1, 2, 0])
    }
}

/// Batch normalization with running statistics, as PyTorch's `BatchNorm2d`: momentum 0.1, epsilon 1e-5.
public struct BatchNormalizationLayer: Layer {
    /// The factor of each channel.
    public let scale: Parameter
    /// The summand of each channel.
    public let shift: Parameter
    /// The running mean of each channel.
    public let runningMean: Parameter
    /// The running variance of each channel, unbiased.
    public let runningVariance: Parameter
    /// The number of batches seen in training.
    public let batchesTracked: Parameter

    private static let momentum: Float = 0.1
    private static let epsilon: Float = 1e-5

    /// Makes the normalization of the last axis of rows that are `row`, its parameters named after `name`.
    public init(_ name: String, of row: ImageRow) {
        func parameter(_ suffix: String, _ value: Float, _ role: Parameter.Role) -> Parameter {
            Parameter("\(name).\(suffix)", [row.count], .constant(value), role: role, fileLayout: row.fileLayout)
        }
        scale = parameter("weight", 1, .trainable)
        shift = parameter("bias", 0, .trainable)
        runningMean = parameter("running_mean", 0, .runningStatistic)
        runningVariance = parameter("running_var", 1, .runningStatistic)
        batchesTracked = Parameter("\(name).num_batches_tracked", .scalar, .constant(0), role: .counter)
    }

    public var parameters: [Parameter] { [scale, shift, runningMean, runningVariance, batchesTracked] }

    /// [N, ..., C] to the same shape, by the mode's statistics; in training the running ones are updated at the end of a run.
    /// Other shapes, and in training an N that is no multiple of the views, are an error of the graph.
    public func callAsFunction(_ input: Value, _ mode: Mode) -> Value {
        let builder = input.builder
        let extents = input.shape.extents
        guard extents.count > 1, extents.last == self.scale.shape[0], mode.takes(extents[0]) else {
            return input.refused(
                "batch normalization", "takes [N, ..., \(self.scale.shape[0])], N in \(mode)",
                standIn: [mode.views, self.scale.shape[0]])
        }
        let (scale, shift) = (scale.value(in: builder), shift.value(in: builder))
        let (mean, variance) = (runningMean.value(in: builder), runningVariance.value(in: builder))
        switch mode {
        case .inference:
            return input.normalized(mean: mean, variance: variance, scale: scale, shift: shift, epsilon: Self.epsilon)
        case .training(let views):
            let (output, means, variances) = input.batchNormalization(
                scale: scale, shift: shift, epsilon: Self.epsilon, views: views)
            let rows = Float(input.shape.count / input.shape[input.shape.rank - 1] / views)
            builder.update(mean, to: Self.running(mean, means))
            builder.update(variance, to: Self.running(variance, variances * (rows / max(rows - 1, 1))))
            let tracked = batchesTracked.value(in: builder)
            builder.update(tracked, to: tracked + Float(views))
            return output
        }
    }

    /// The running statistic after each view's statistics [V, C] in turn: s = (1 - momentum) s + momentum s_v.
    private static func running(_ statistic: Value, _ perView: Value) -> Value {
        (0..<perView.shape[0]).reduce(statistic) { running, view in
            running * (1 - momentum) + perView.rows(view..<view + 1).reshape(statistic.shape) * momentum
        }
    }
}
