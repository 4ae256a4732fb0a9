// Steps that begin before the one before them is read: the same bits, and errors that name the right step.

import Execution
import GraphIR
import OpenCLBackend
import OpenCLRuntime
import TensorCore
import Testing
import Training

@Suite("Running ahead")
struct RunningAheadTests {
    @Test("an output is what a variable was when its run began", arguments: BackendUnderTest.all)
    func oldValues(backend: BackendUnderTest) throws {
        try oldValues(on: backend.open())
    }

    private func oldValues(on backend: some Backend) throws {
        let program = try backend.compile(Self.counter())
        let runs = try (0..<4).map { try program.start(["step": Tensor(Float($0 + 1))]) }
        #expect(try program.read("count").floats == [10], "a variable is that after all that was begun")
        for (run, count) in zip(runs, [0, 1, 3, 6] as [Float]) {
            #expect(try run.outputs() == ["count": Tensor(count), "next": Tensor(count + count + 100)])
        }
        #expect(try program.run(["step": Tensor(5)])["count"] == Tensor(10))
    }

    /// A graph that counts: the outputs are the variable before, and its double and 100.
    private static func counter() throws -> Graph {
        let builder = GraphBuilder()
        let (count, step) = (builder.variable("count", .scalar), builder.input("step", .scalar))
        builder.output("count", count)
        builder.output("next", count + count + 100)
        builder.update(count, to: count + step)
        return try builder.finish()
    }

    @Test("a run that nobody asks for its outputs is made", arguments: BackendUnderTest.all)
    func forgotten(backend: BackendUnderTest) throws {
        try forgotten(on: backend.open())
    }

    private func forgotten(on backend: some Backend) throws {
        let program = try backend.compile(Self.counter())
        for _ in 0..<50 { _ = try program.start(["step": Tensor(2)]) }
        #expect(try program.read("count") == Tensor(100))
    }

    @Test("losses and weights have the bits of one step at a time", arguments: BackendUnderTest.all)
    func sameBits(backend: BackendUnderTest) throws {
        try sameBits(on: backend.open())
    }

    private func sameBits<B: Backend>(on backend: B) throws {
        let (one, ahead) = (
            try SmallTraining.trainer(seed: 1, on: backend), try SmallTraining.trainer(seed: 1, on: backend)
        )
        let expected = try SmallTraining.train(one, until: 6)
        #expect(Set(expected.map(\.total)).count == 6)
        var (losses, numbers): ([StepLosses], [Int]) = ([], [])
        var current = try start(ahead)
        for _ in 0..<5 {
            let next = try start(ahead)
            losses.append(try ahead.losses(of: current))
            numbers.append(current.number)
            current = next
        }
        losses.append(try ahead.losses(of: current))
        #expect(losses == expected)
        #expect(numbers == [1, 2, 3, 4, 5] && current.number == 6)
        #expect(try ahead.weights().values == one.weights().values)
        #expect(try ahead.optimizerState() == one.optimizerState())
    }

    /// Begins the next step with the pairs that `SmallTraining.train` gives it.
    private func start(_ trainer: Trainer<some Backend>) throws -> StartedStep {
        let (shape, step) = (SmallTraining.model.encoder.imageShape(6), trainer.step)
        return try trainer.start(
            .views(
                .random(shape, 0, 1, seed: UInt64(2 * step)), .random(shape, 0, 1, seed: UInt64(2 * step + 1))))
    }

    @Test("a loss that is no number is told of its own step", arguments: BackendUnderTest.all)
    func notFinite(backend: BackendUnderTest) throws {
        try notFinite(on: backend.open())
    }

    private func notFinite(on backend: some Backend) throws {
        let trainer = try SmallTraining.trainer(seed: 1, on: backend)
        _ = try trainer.losses(of: start(trainer))
        let nothing = Tensor(SmallTraining.model.encoder.imageShape(6), repeating: .nan)
        let (broken, later) = (try trainer.start(.views(nothing, nothing)), try start(trainer))
        for (step, number) in [(broken, 2), (later, 3)] {
            let error = #expect(throws: TrainingError.self) { try trainer.losses(of: step) }
            guard case .notFinite(number, _, _) = error else {
                Issue.record("step \(number): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("a failure of any call is told, and the next run is right", .requiresOpenCL)
    func failures() throws {
        let builder = GraphBuilder()
        let x = builder.input("x", [3])
        builder.output("y", x * 2 + x.maximum(over: [0]))
        let program = try OpenCLBackend(OpenCLAvailability.choice, .init(cacheFolder: OpenCLAvailability.cacheFolder))
            .compile(builder.finish())
        let inputs = ["x": Tensor([3], [1.0, 2, 3])]
        for number in 0..<1000 {
            let fault = FaultInjection(failing: number, status: -5)
            var error: (any Error)?
            FaultInjection.$current.withValue(fault) {
                do { _ = try program.start(inputs).outputs() } catch let thrown { error = thrown }
            }
            #expect(try program.start(inputs).outputs() == ["y": Tensor([3], [5.0, 7, 9])], "after call \(number)")
            guard fault.hasStruck else {
                #expect(error == nil)
                #expect(number > 5, "a run makes more calls than that")
                return
            }
            guard case .device(let reason) = error as? ExecutionError else {
                Issue.record("call \(number): \(String(describing: error))")
                continue
            }
            #expect(reason.contains("CL_OUT_OF_RESOURCES"), "\(reason)")
        }
        Issue.record("no end of calls")
    }
}
