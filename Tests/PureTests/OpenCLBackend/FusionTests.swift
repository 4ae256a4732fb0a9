// What becomes one launch, and what must not; no device is asked.

import Autodiff
import GraphIR
import OpenCLBackend
import TensorCore
import Testing

@Suite("Fusion")
struct FusionTests {
    private let target = Target(
        kind: .cpu, computeUnits: 2, lanes: 16, maximumWorkGroup: 4096, localMemoryBytes: 1 << 20)
    private let builder = GraphBuilder()

    private func labels(fusion: Bool = true) throws -> [String] {
        lower(try builder.finish(), for: target, fusion: fusion).map(\.label)
    }

    @Test func aChainIsOneLaunch() throws {
        let x = builder.input("x", [4, 5])
        builder.output("y", (x.exp() + x).tanh())
        #expect(try labels() == ["exp + add + tanh"])
        #expect(try labels(fusion: false) == ["exp", "add", "tanh"])
    }

    @Test func aResultThatSomebodyElseNeedsIsStored() throws {
        let x = builder.input("x", [4, 5])
        let e = x.exp()
        builder.output("y", e.tanh())
        builder.output("sum", e.sum())
        #expect(try labels() == ["exp", "tanh", "reduce"])
    }

    @Test func outputsAndNewValuesOfVariablesAreStored() throws {
        let x = builder.input("x", [4])
        let v = builder.variable("v", [4])
        let (kept, returned) = (v + x, x.exp())
        builder.update(v, to: kept)
        builder.output("y", kept.tanh() + returned.sqrt())
        builder.output("e", returned)
        #expect(try labels() == ["add", "exp", "tanh + sqrt + add"])
    }

    @Test func anotherShapeIsAnotherLaunch() throws {
        let x = builder.input("x", [4, 5])
        let row = builder.input("row", [5])
        builder.output("y", x * row.exp().sqrt())
        #expect(try labels() == ["exp + sqrt", "multiply"])
    }

    @Test func aValueUsedTwiceInsideIsComputedOnce() throws {
        let x = builder.input("x", [4])
        let e = x.exp()
        builder.output("y", e * e + e)
        #expect(try labels() == ["exp + multiply + add"])
    }

    @Test func longChainsAreCut() throws {
        var x = builder.input("x", [4])
        for _ in 0..<60 { x = x.tanh() }
        builder.output("y", x)
        let launches = lower(try builder.finish(), for: target, fusion: true)
        #expect((2...4).contains(launches.count))
        #expect(launches.flatMap(\.nodes).count == 60)
    }

    @Test func normalizationTakesItsReLU() throws {
        let x = builder.input("x", [4, 3, 3, 8])
        let (scale, shift) = (builder.variable("scale", [8]), builder.variable("shift", [8]))
        let (y, mean, _) = x.batchNormalization(scale: scale, shift: shift)
        let loss = y.relu().square().sumOfAll()
        for (index, gradient) in loss.gradients(withRespectTo: [x, scale, shift]).enumerated() {
            builder.output("gradient \(index)", gradient)
        }
        builder.output("mean", mean)
        let labels = try labels()
        #expect(labels.contains("batchNormalization + relu"))
        #expect(labels.contains("relu backward + batchNormalizationBackward"))
        #expect(!labels.contains { $0.contains("select") })
    }

    @Test(arguments: [(16, true), (1, true), (2, false)])
    func aConvolutionTakesTheStatisticsOfItsNormalization(channels: Int, isServed: Bool) throws {
        let x = builder.input("x", [4, 6, 6, channels])
        let (scale, shift) = (builder.variable("scale", [16]), builder.variable("shift", [16]))
        let y = x.convolution(builder.variable("filter", [3, 3, channels, 16]), .init(padding: 1))
        builder.output("y", y.batchNormalization(scale: scale, shift: shift, views: 2).normalized.tanh())
        let launches = lower(try builder.finish(), for: target, fusion: true)
        #expect(
            launches.map(\.label) == [
                isServed ? "convolution + statistics" : "convolution", "batchNormalization", "tanh",
            ])
        // Mean and variance come of the convolution's epilogue, or else of the normalization.
        #expect(launches[0].writes.count == (isServed ? 3 : 1))
        #expect(launches[1].writes.count == (isServed ? 1 : 3))
    }

    /// A normalization that is pooled, with its gradients as outputs.
    private func pooledNormalization(relu: Bool) -> Value {
        let x = builder.input("x", [4, 6, 6, 8])
        let (scale, shift) = (builder.variable("scale", [8]), builder.variable("shift", [8]))
        let pooled = x.batchNormalization(scale: scale, shift: shift).normalized.maxPool(window: 2)
        let loss = (relu ? pooled.relu() : pooled).square().sumOfAll()
        for (index, gradient) in loss.gradients(withRespectTo: [x, scale, shift]).enumerated() {
            builder.output("gradient \(index)", gradient)
        }
        return pooled
    }

    @Test func normalizationTakesItsPoolingAndReLU() throws {
        _ = pooledNormalization(relu: true)
        let labels = try labels()
        #expect(labels.contains("batchNormalization + maxPool + relu"))
        #expect(labels.contains("relu backward + maxPoolBackward + batchNormalizationBackward"))
        #expect(!labels.contains { $0.contains("select") || $0 == "maxPool" || $0 == "maxPoolBackward" })
    }

    @Test func aPoolingThatSomebodyElseNeedsIsStored() throws {
        builder.output("pooled", pooledNormalization(relu: true))
        let labels = try labels()
        #expect(labels.contains("batchNormalization + maxPool"))
        #expect(labels.contains("relu"))
    }

    @Test func withoutItsKernelsNothingIsPooledInPassing() throws {
        _ = pooledNormalization(relu: false)
        let graph = try builder.finish()
        var target = target
        for kind in [Target.Kind.cpu, .gpu] {
            target.kind = kind
            #expect(lower(graph, for: target, fusion: true).map(\.label).contains("batchNormalization + maxPool"))
        }
        target.kind = .simulator
        let labels = lower(graph, for: target, fusion: true).map(\.label)
        #expect(labels.contains("maxPool") && labels.contains("batchNormalization"))
    }

    /// The launches of 18 updates by one rule, for a device whose kernels take so many bytes of arguments.
    private func updates(_ add: (Value, Value) -> Value, argumentBytes: Int) throws -> [Launch] {
        for index in 0..<18 {
            let parameter = builder.variable("p\(index)", [index + 1])
            builder.update(parameter, to: add(parameter, builder.input("g\(index)", [index + 1])))
        }
        var target = target
        target.argumentBytes = argumentBytes
        return lower(try builder.finish(), for: target, fusion: true)
    }

    private func momentum(_ parameter: Value, _ gradient: Value) -> Value {
        let sum = builder.variable("sum of \(parameter.shape)", parameter.shape)
        let updated = builder.add(.momentum(.init()), [parameter, gradient, sum, builder.variable("rate", .scalar)])
        builder.update(sum, to: updated[1])
        return updated[0]
    }

    @Test func updatesOfAllParametersAreOneLaunch() throws {
        let launches = try updates(momentum, argumentBytes: 4096)
        #expect(launches.map(\.label) == ["momentum of 18 parameters"])
        #expect(launches[0].calls.count == 1)
    }

    @Test(arguments: [(1024, 1), (512, 2), (100, 18)])
    func whereArgumentsEndAnotherCallBegins(bytes: Int, calls: Int) throws {
        let launches = try updates(momentum, argumentBytes: bytes)
        #expect(launches.map(\.calls.count) == [calls])
    }

    @Test func anUpdateThatSomebodyReadsIsALaunchOfItsOwn() throws {
        let launches = try updates(
            { parameter, gradient in
                let next = momentum(parameter, gradient)
                if parameter.shape == [3] { builder.output("norm", next.square().sumOfAll()) }
                return next
            }, argumentBytes: 4096)
        #expect(Set(launches.map(\.label)).isSuperset(of: ["momentum", "momentum of 17 parameters"]))
    }

    @Test func aReLUOfSomethingElseIsNoMask() throws {
        let x = builder.input("x", [4, 3, 3, 8])
        let (scale, shift) = (builder.variable("scale", [8]), builder.variable("shift", [8]))
        let (y, mean, variance) = x.batchNormalization(scale: scale, shift: shift)
        let dy = builder.input("other", [4, 3, 3, 8]).relu().select(y, builder.constant(0))
        let gradients = builder.add(
            .batchNormalizationBackward(.init(of: .init())), [dy, x, scale, mean, variance])
        builder.output("dx", gradients[0])
        #expect(try labels().filter { $0.contains("ackward") } == ["batchNormalizationBackward"])
    }
}
