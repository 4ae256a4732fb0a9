// Shape rules: what each operation refuses, in the full text that a user reads.

import GraphIR
import TensorCore
import Testing

@Suite("Shape rules")
struct ShapeRuleTests {
    /// An operation on inputs that it cannot take, and what it says.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let op: Op
        let inputs: [TensorType]
        let text: String
        var testDescription: String { "\(op.name): \(text)" }

        init(_ op: Op, _ shapes: [Shape], _ text: String) {
            self.init(op, types: shapes.map { TensorType(.float32, $0) }, text)
        }

        init(_ op: Op, types: [TensorType], _ text: String) {
            (self.op, inputs, self.text) = (op, types, text)
        }
    }

    private static let drawing = ViewDrawing(seed: 0, imagesPerItem: 2)

    static let refusals: [Refusal] = [
        .init(.unary(.exp), [[2], [2]], "expects 1 inputs, got 2"),
        .init(
            .unary(.exp), types: [TensorType(.int32, [2])], "input 0 is int32[2], expected elements of float32"),
        .init(
            .drawViews(.init(drawing)), types: [.int([4]), .int([]), .int([7, 3])],
            "7 images are not 2 of each item"),
        .init(
            .drawViews(.init(drawing)), types: [.int([4]), .int([1]), .int([6, 3])],
            "the step has the shape [1], expected []"),
        .init(
            .drawViews(.init(drawing)), types: [.int([4]), .int([]), .int([6, 4])],
            "the table of images has the shape [6, 4], expected [6, 3]"),
        .init(
            .resample(.init(.single, size: 8, longestSide: 20)),
            types: [.int([400]), .int([1, 3]), .int([2, 7]), TensorType(.float32, [2])],
            "input 0 is int32[400], expected elements of uint8"),
        .init(
            .resample(.init(.single, size: 8, longestSide: 20)),
            types: [TensorType(.uint8, [400]), .int([1, 3]), .int([2, 7]), TensorType(.float32, [3])],
            "the angles has the shape [3], expected [2]"),
        .init(
            .resample(.init(.authors, size: 8, longestSide: 1025)),
            types: [TensorType(.uint8, [400]), .int([1, 3]), .int([2, 7]), TensorType(.float32, [2])],
            "authors, to 8 x 8, from at most 1025 is not within 1 to 1024"),
        .init(.binary(.add), [[2, 3], [2]], "shapes [2, 3], [2] do not broadcast"),
        .init(.select(.init()), [[3], [1], [2]], "shapes [3], [1], [2] do not broadcast"),
        .init(.reshape(.init(to: [4])), [[2, 3]], "[2, 3] has 6 elements, [4] has 4"),
        .init(.broadcast(.init(to: [2, 3])), [[4]], "shapes [4], [2, 3] do not broadcast"),
        .init(.broadcast(.init(to: [3])), [[2, 3]], "[2, 3] does not broadcast to [3]"),
        .init(.transpose(.init([0, 0])), [[2, 3]], "[0, 0] is no order of the axes of [2, 3]"),
        .init(.concatenate(.init(axis: 0)), [], "expects at least 1 input, got 0"),
        .init(.concatenate(.init(axis: 2)), [[2, 3]], "axis 2 does not exist in [2, 3]"),
        .init(.concatenate(.init(axis: 0)), [[2, 3], [2, 4]], "[2, 4] and [2, 3] differ outside axis 0"),
        .init(.concatenate(.init(axis: 0)), [[2, 3], [2]], "[2] and [2, 3] differ in rank"),
        .init(.slice(.init(starts: [1, 0], ends: [3, 3])), [[2, 3]], "1..<3, 0..<3 does not lie in [2, 3]"),
        .init(.slice(.init(starts: [1], ends: [1])), [[2]], "1..<1 does not lie in [2]"),
        .init(.pad(.init(before: [-1], after: [0])), [[2]], "padding [-1], [0] does not fit [2]"),
        .init(.reduce(.init(.sum, over: [1, 1])), [[2, 3]], "axes [1, 1] are not axes of [2, 3]"),
        .init(.reduce(.init(.maximum, over: [2])), [[2, 3]], "axes [2] are not axes of [2, 3]"),
        .init(.logSumExp(.init()), [[]], "expects at least one axis, got a scalar"),
        .init(
            .gatherRows(.init()), [[2, 3], [4]],
            "inputs are float32[2, 3] and float32[4], expected float32 rows and int32 indices"),
        .init(
            .scatterAddRows(.init(rows: 0)), types: [TensorType(.float32, [4, 3]), TensorType(.int32, [4])],
            "4 updates, 4 indices, 0 rows"),
        .init(.oneHot(.init(classes: 0)), types: [TensorType(.int32, [4])], "0 classes"),
        .init(.topK(.init(4)), [[2, 3]], "k 4 of rows of 3"),
        .init(.topK(.init(1)), [[3]], "the matrix has the shape [3], expected 2 axes"),
        .init(.matrixProduct(.init()), [[2, 3], [2, 3]], "operands [2, 3] and [2, 3] do not go together"),
        .init(
            .matrixProduct(.init(transposeRight: true)), [[2, 3], [3, 2]],
            "operands [2, 3] and [3, 2] (right transposed) do not go together"),
        .init(
            .matrixProduct(.init()), [[2, 2, 3], [3, 2]],
            "operands [2, 2, 3] and [3, 2], expected two matrices or two batches of one rank"),
        .init(.scoreReduction(.init(.logSumExp, scale: 1)), [], "expects 1 to 2 inputs, got 0"),
        .init(
            .scoreReduction(.init(.logSumExp, scale: 1)), [[4, 3], [5, 2]],
            "matrices [4, 3] and [5, 2] do not go together"),
        .init(
            .scoreReduction(.init(.softplusSum, scale: 2, excludesDiagonal: true)), [[4, 3], [5, 3]],
            "matrices [4, 3] and [5, 3] do not go together (softplusSum, scale 2.0, without the diagonal)"),
        .init(
            .scoreReductionBackward(.init(of: .init(.logSumExp, scale: 1))), [[4, 3], [4, 1], [4, 1], [3, 1]],
            "the result's gradient has the shape [3, 1], expected [4, 1]"),
        .init(
            .convolution(.init(.init())), [[1, 4, 4, 3], [3, 3, 2, 5]],
            "images have 3 channels, the filter [3, 3, 2, 5] takes 2"),
        .init(
            .convolution(.init(.init())), [[1, 2, 4, 3], [3, 3, 3, 5]],
            "a filter [3, 3, 3, 5] with stride 1, padding 0 has no position on [1, 2, 4, 3]"),
        .init(
            .convolution(.init(.init())), [[1, 4, 4, 3], [3, 3, 3, 5], [3]],
            "the bias has the shape [3], expected [5]"),
        .init(
            .convolution(.init(.init())), [[4, 4, 3], [3, 3, 3, 5]],
            "the batch of images has the shape [4, 4, 3], expected 4 axes"),
        .init(
            .convolutionBackwardInput(.init(.init(), inputShape: [1, 4, 4, 3])), [[1, 4, 4, 5], [3, 3, 3, 5]],
            "the output's gradient has the shape [1, 4, 4, 5], expected [1, 2, 2, 5]"),
        .init(
            .convolutionBackwardFilter(.init(.init(), filterShape: [3, 3])), [[1, 4, 4, 3], [1, 2, 2, 5]],
            "filter [3, 3], expected 4 axes"),
        .init(
            .batchNormalization(.init(views: 2)), [[3, 4], [4], [4]],
            "[3, 4] does not hold 2 views of rows of channels"),
        .init(
            .batchNormalization(.init()), [[3, 4], [4], [3]], "the shift has the shape [3], expected [4]"),
        .init(
            .maxPool(.init(.init(window: 3))), [[1, 2, 5, 3]],
            "windows of 3 on [1, 2, 5, 3], expected images [N, H, W, C] and 1 to 15"),
        .init(
            .adam(.init()), [[2], [3], [2], [2], [], []], "the gradient has the shape [3], expected [2]"),
        .init(.momentum(.init()), [[2], [2], [2], [1]], "the learning rate has the shape [1], expected []"),
    ]

    @Test("a refusal names what was expected", arguments: refusals)
    func refusal(_ refusal: Refusal) {
        #expect(throws: ShapeError(refusal.text)) { try refusal.op.rule.outputTypes(refusal.inputs) }
    }

    @Test("shapes broadcast as NumPy's do")
    func broadcasting() throws {
        #expect(try Shape.broadcast([[3, 1], [1, 5], []]) == [3, 5])
        #expect(try Shape.broadcast([[2, 1, 4], [3, 1]]) == [2, 3, 4])
        #expect(Shape([3, 1]).strides(broadcastTo: [2, 3, 5]) == [0, 1, 0])
        #expect(Shape([1, 5]).strides(broadcastTo: [1, 5]) == [5, 1])
    }

    @Test("a convolution's positions: floor((input + 2 padding - filter) / stride) + 1")
    func positions() {
        #expect(ConvolutionGeometry(padding: 1).outputExtent(input: 28, filter: 3) == 28)
        #expect(ConvolutionGeometry(stride: 2, padding: 1).outputExtent(input: 7, filter: 3) == 4)
        #expect(ConvolutionGeometry(stride: 2).outputExtent(input: 8, filter: 3) == 3)
        #expect(ConvolutionGeometry().outputExtent(input: 2, filter: 3) == 0)
    }

    @Test("a transposed convolution undoes the shape: 3 to 7 without padding, 7 to 14 with")
    func transposedShapes() {
        let builder = GraphBuilder()
        let filter = builder.input("filter", [3, 3, 8, 4])
        let small = builder.input("small", [1, 3, 3, 4])
        #expect(small.transposedConvolution(filter, .init(stride: 2)).shape == [1, 7, 7, 8])
        let large = builder.input("large", [1, 7, 7, 4])
        let doubled = large.transposedConvolution(filter, .init(stride: 2, padding: 1), outputPadding: 1)
        #expect(doubled.shape == [1, 14, 14, 8])
    }
}

extension TensorType {
    /// int32 of `shape`.
    fileprivate static func int(_ shape: Shape) -> TensorType { TensorType(.int32, shape) }
}
