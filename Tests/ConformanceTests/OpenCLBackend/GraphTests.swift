// Small graphs on the device and on the reference.

import Autodiff
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Graphs on OpenCL", .requiresOpenCL)
struct GraphTests {
    @Test func elementwiseOperations() throws {
        var check = GraphComparison()
        let (a, b) = (check.input(3, 5, 7), check.input(3, 5, 7))
        let row = check.input(7)
        let column = check.input(3, 1, 1)
        let positive = check.input(3, 5, 7, values: .positive)
        try check.expectAgreement(
            Op.Unary.allCases.map { op in op == .log || op == .sqrt || op == .reciprocal ? (op, positive) : (op, a) }
                .map { op, x in x.builder.add(.unary(op), [x])[0] }
                + Op.Binary.allCases.map { op in a.builder.add(.binary(op), [a, op == .divide ? positive : b])[0] } + [
                    a + row, a * column, column + row, a.greater(than: b).select(a, row), row.broadcast(to: [4, 2, 7]),
                    a.cast(to: .int32), (a * 300).cast(to: .uint8), (a * 300).cast(to: .uint8).cast(to: .float32),
                ])
    }

    @Test(arguments: [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2], []])
    func reductions(axes: [Int]) throws {
        for extents in [(3, 5, 7), (2, 300, 16), (40, 3, 32), (5, 1, 1000)] {
            var check = GraphComparison()
            check.terms = 5000
            let x = check.input(extents.0, extents.1, extents.2)
            try check.expectAgreement([x.sum(over: axes), x.maximum(over: axes)])
        }
    }

    @Test func matrixProducts() throws {
        for (m, n, k) in [(1, 1, 1), (7, 5, 3), (16, 16, 16), (33, 17, 65)] {
            for transposed in [(false, false), (true, false), (false, true), (true, true)] {
                var check = GraphComparison()
                let a = transposed.0 ? check.input(2, k, m) : check.input(2, m, k)
                let b = transposed.1 ? check.input(2, n, k) : check.input(2, k, n)
                try check.expectAgreement([
                    a.matrixProduct(b, transposeLeft: transposed.0, transposeRight: transposed.1)
                ])
            }
        }
    }

    @Test(arguments: [(1, 0, 3), (1, 1, 3), (2, 1, 3), (2, 0, 2), (3, 2, 5), (1, 0, 1)])
    func convolutions(stride: Int, padding: Int, extent: Int) throws {
        for (channels, filters) in [(1, 1), (3, 5), (16, 32)] {
            var check = GraphComparison()
            check.terms = 3000
            let x = check.input(3, 9, 11, channels)
            let w = check.input(extent, extent, channels, filters)
            let geometry = ConvolutionGeometry(stride: stride, padding: padding)
            let y = x.convolution(w, bias: check.input(filters), geometry)
            let shape = y.shape
            let dy = check.input(shape[0], shape[1], shape[2], shape[3])
            try check.expectAgreement([
                y, x.convolution(w, geometry), dy.convolutionBackwardInput(w, geometry, inputShape: x.shape),
                x.convolutionBackwardFilter(dy, geometry, filterShape: w.shape),
            ])
        }
    }

    @Test(arguments: [(1, 1), (2, 3), (2, 16), (1, 128)])
    func batchNormalization(views: Int, channels: Int) throws {
        var check = GraphComparison()
        check.terms = 1000
        let x = check.input(4, 5, 5, channels) + check.input(channels) * 100
        let (scale, shift) = (check.input(channels), check.input(channels))
        let (y, mean, variance) = x.batchNormalization(scale: scale, shift: shift, views: views)
        let dy = check.input(4, 5, 5, channels)
        let backward = x.builder.add(
            .batchNormalizationBackward(.init(of: .init(views: views))), [dy, x, scale, mean, variance])
        try check.expectAgreement([y, mean, variance] + backward)
    }

    @Test(arguments: [1, 2, 3])
    func pooling(window: Int) throws {
        for channels in [1, 5, 16] {
            var check = GraphComparison()
            let x = check.input(2, 7, 8, channels)
            let pooled = x.builder.add(.maxPool(.init(.init(window: window))), [x])
            let shape = pooled[0].shape
            let dy = check.input(shape[0], shape[1], shape[2], shape[3])
            let geometry = PoolGeometry(window: window)
            try check.expectAgreement(
                pooled + [x.averagePool(window: window)]
                    + x.builder.add(.maxPoolBackward(.init(geometry, inputShape: x.shape)), [dy, pooled[1]])
                    + x.builder.add(.averagePoolBackward(.init(geometry, inputShape: x.shape)), [dy]))
        }
    }

    @Test func movements() throws {
        var check = GraphComparison()
        let (x, y) = (check.input(3, 4, 5, 2), check.input(3, 6, 5, 2))
        try check.expectAgreement([
            x.transpose([0, 1, 2, 3]), x.transpose([3, 1, 0, 2]), x.transpose([1, 0, 2, 3]),
            .concatenate([x, y], axis: 1), .concatenate([x, x, x]), .concatenate([x.transpose([1, 0, 2, 3])], axis: 2),
            x.slice(starts: [1, 0, 2, 1], ends: [3, 4, 4, 2]), x.rows(1..<3),
            x.pad(before: [1, 0, 2, 0], after: [0, 3, 1, 0]), x.pad(before: [0, 0, 0, 0], after: [0, 0, 0, 0]),
        ])
    }

    @Test func rowOperations() throws {
        for columns in [1, 2, 63, 64, 65, 200] {
            var check = GraphComparison()
            let x = check.input(9, columns)
            let indices = check.input(6, values: .indices(below: 9))
            let top = x.topK(min(columns, 5))
            try check.expectAgreement([
                x.logSumExp(), (x * 300).logSumExp(), x.gatherRows(indices), top.values, top.indices,
                x.gatherRows(indices).scatterAddRows(indices, rows: 9), indices.oneHot(classes: 9), x.softmax(),
            ])
        }
    }

    @Test func hardNumbers() throws {
        var check = GraphComparison()
        let (nan, infinity) = (Float.nan, Float.infinity)
        let x = check.input(
            Tensor(
                [4, 4],
                [0, -0.0, nan, 1, infinity, -infinity, 3, 3, -infinity, -infinity, -infinity, -infinity, 5, nan, 5, 88])
        )
        let (mirrored, zero) = (x.transpose([1, 0]), check.constant(0))
        let top = x.topK(4)
        try check.expectAgreement(
            Op.Unary.allCases.map { x.builder.add(.unary($0), [x])[0] }
                + Op.Binary.allCases.map { x.builder.add(.binary($0), [x, mirrored])[0] } + [
                    x.select(zero, mirrored), x.maximum(over: [0]), x.maximum(over: [1]), x.sum(over: [1]),
                    x.logSumExp(), top.values, top.indices, x.cast(to: .int32), x.cast(to: .uint8),
                    x.reshape([1, 4, 4, 1]).maxPool(window: 2), x.reshape([1, 2, 2, 4]).maxPool(window: 2),
                    (x * 1e30).cast(to: .int32), (x * -1e30).cast(to: .uint8),
                ])
    }

    @Test func randomNumbers() throws {
        var check = GraphComparison()
        let counter = check.input(Tensor(.scalar, [Int32(-5)]))
        let uniform = counter.builder.random(.uniform, [1000], seed: 1 << 40 + 3, stream: 7, counter: counter)
        let normal = counter.builder.random(.normal, [33, 3], seed: 9, stream: .max, counter: counter)
        try check.expectAgreement([uniform, normal])
    }

    @Test func updates() throws {
        var check = GraphComparison()
        let (parameter, first, second) = (
            check.variable("parameter", 5, 7), check.variable("first", 5, 7), check.variable("second", 5, 7)
        )
        let (sgd, sum) = (check.variable("sgd", 5, 7), check.variable("sum", 5, 7))
        let step = check.variable("step")
        let gradient = check.input(5, 7) + parameter * 0.1
        let rate = check.input(Tensor(0.01))
        let next = step + 1
        let adam = parameter.builder.add(
            .adam(.init(weightDecay: 1e-2)), [parameter, gradient, first, second, rate, next])
        let momentum = sgd.builder.add(.momentum(.init(weightDecay: 1e-2)), [sgd, gradient, sum, rate])
        try check.expectAgreement(
            [adam[0], step],
            updates: [
                (parameter, adam[0]), (first, adam[1]), (second, adam[2]), (step, next), (sgd, momentum[0]),
                (sum, momentum[1]),
            ], runs: 4)
    }

    @Test(arguments: [40, 7])
    func updatesOfManyParameters(count: Int) throws {
        var check = GraphComparison()
        let (rate, step) = (check.input(Tensor(0.01)), check.variable("step"))
        let next = step + 1
        let (shared, sharedMoment) = (check.input(300) * 2, check.input(300) * 2)
        var updates = [(step, next)]
        var kept: [Value] = []
        for index in 0..<count {
            let size = [1, 255, 256, 257, 300, 300, 300][index % 7]
            let (first, second) = (check.variable("first \(index)", size), check.variable("second \(index)", size))
            let (parameter, sgd) = (check.variable("parameter \(index)", size), check.variable("sgd \(index)", size))
            let gradient = size == 300 ? shared : check.input(size)
            let adam = rate.builder.add(.adam(.init()), [parameter, gradient, first, second, rate, next])
            updates += [(parameter, adam[0]), (first, adam[1]), (second, adam[2])]
            // Neither a gradient that several read, nor an operand that is no variable, may be written over too early.
            let sum = size == 300 ? sharedMoment : gradient * 0.5
            let momentum = rate.builder.add(.momentum(.init()), [sgd, gradient, sum, rate])
            updates.append((sgd, momentum[0]))
            kept.append(momentum[1])
        }
        try check.expectAgreement(kept, updates: updates, runs: 3)
    }

    @Test func variablesThatExchangeTheirValues() throws {
        var check = GraphComparison()
        let (a, b, c) = (check.variable("a", 3), check.variable("b", 3), check.variable("c", 3))
        let grown = c + check.input(3)
        try check.expectAgreement([a, b], updates: [(a, b), (b, a), (c, grown)], runs: 3)
        var chain = GraphComparison()
        let (x, y) = (chain.variable("x", 3), chain.variable("y", 3))
        let next = y + chain.input(3)
        try chain.expectAgreement([], updates: [(y, next), (x, y)], runs: 3)
    }

    @Test(arguments: [(1, 1), (2, 20), (2, 128), (1, 144)])
    func normalizationsThatArePooled(views: Int, channels: Int) throws {
        for (window, isRectified) in [(2, true), (2, false), (3, true)] {
            var check = GraphComparison()
            check.terms = 2000
            let x = check.input(4, 7, 8, channels)
            let (scale, shift) = (check.input(channels), check.input(channels))
            let (y, mean, variance) = x.batchNormalization(scale: scale, shift: shift, views: views)
            let pooled = y.maxPool(window: window)
            let result = isRectified ? pooled.relu() : pooled
            let loss = (result.square() * 0.5).sumOfAll()
            try check.expectAgreement(
                [loss, mean, variance] + loss.gradients(withRespectTo: [x, scale, shift]),
                launching: "batch_normalization_pool_backward")
        }
    }

    /// Few images are one block to a work-item; the most have several to be merged on up to 16 cores.
    @Test(arguments: [(1, 8, 5, 6), (2, 16, 20, 6), (2, 1, 16, 6), (1, 1, 32, 6), (3, 4, 33, 6), (2, 4, 16, 600)])
    func statisticsOfConvolutions(views: Int, channelsIn: Int, channelsOut: Int, images: Int) throws {
        for (rows, columns) in [(9, 6), (4, 13)] {
            var check = GraphComparison()
            check.terms = images * 1000
            let x = check.input(images, rows, columns, channelsIn)
            let filter = check.input(3, 3, channelsIn, channelsOut)
            // A mean far from 0 beside a small deviation: what sums of squares would lose.
            let bias = check.input(channelsOut) * 1e-2 + 300
            let (scale, shift) = (check.input(channelsOut), check.input(channelsOut))
            let y = x.convolution(filter, bias: bias, .init(padding: 1))
            let (normalized, mean, variance) = y.batchNormalization(scale: scale, shift: shift, views: views)
            let loss = (normalized.relu().square() * 0.5).sumOfAll()
            try check.expectAgreement([mean, variance, loss], launching: "convolution + statistics")
        }
    }

    @Test func whatIsMadeAgainHasTheSameBits() throws {
        func step(_ recomputation: Bool) throws -> (outputs: [String: Tensor], plannedBytes: Int) {
            var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
            (options.canaries, options.recomputation) = (true, recomputation)
            var generator = CounterGenerator(seed: 5, stream: 1)
            let builder = GraphBuilder()
            var inputs: [String: Tensor] = [:]
            func input(_ extents: Int...) -> Value {
                let (name, shape) = ("x\(inputs.count)", Shape(extents))
                inputs[name] = Tensor(shape, (0..<shape.count).map { _ in generator.nextUniform(-1, 1) })
                return builder.input(name, shape)
            }
            let (scale, shift) = (input(32), input(32))
            let filters = [input(3, 3, 1, 32), input(3, 3, 32, 32)]
            var value = input(32, 16, 16, 1)
            for filter in filters {
                value = value.convolution(filter, .init(padding: 1))
                value = value.batchNormalization(scale: scale, shift: shift, views: 2).normalized.relu()
            }
            let loss = value.square().sumOfAll()
            builder.output("loss", loss)
            for (index, gradient) in loss.gradients(withRespectTo: filters + [scale, shift]).enumerated() {
                builder.output("gradient \(index)", gradient)
            }
            let program = try OpenCLBackend(OpenCLAvailability.choice, options).compile(builder.finish())
            return (try program.run(inputs), program.plannedBytes)
        }
        let (again, kept) = (try step(true), try step(false))
        #expect(again.outputs == kept.outputs)
        #expect(again.plannedBytes <= kept.plannedBytes - 1_000_000)
    }

    @Test(arguments: [true, false])
    func chainsAndWhatTheyFuseTo(fusion: Bool) throws {
        var check = GraphComparison()
        check.terms = 2000
        check.options.fusion = fusion
        let x = check.input(4, 6, 6, 16)
        let (scale, shift) = (check.input(16), check.input(16))
        let (y, mean, _) = x.batchNormalization(scale: scale, shift: shift, views: 2)
        let rectified = y.relu()
        let pooled = rectified.maxPool(window: 2)
        let chain = (pooled * 3 - pooled.tanh()).exp() / (pooled + 2)
        let loss = (chain.square() * shift).sumOfAll()
        try check.expectAgreement([loss, mean, chain] + loss.gradients(withRespectTo: [x, scale, shift]))
    }
}
