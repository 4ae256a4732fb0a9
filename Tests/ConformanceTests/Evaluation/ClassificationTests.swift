// The accuracy of nearest neighbours on made-up rows whose answer is known.

import Evaluation
import Execution
import Foundation
import ReferenceBackend
import TensorCore
import Testing

@Suite("Classification")
struct ClassificationTests {
    @Test("is the fraction that a plain count finds", arguments: [1, 3, 7], BackendUnderTest.all)
    func plainCount(neighbours: Int, backend: BackendUnderTest) throws {
        // Six classes of eight, far from separable; three of each are labelled.
        let rows = Tensor.random([48, 4], seed: 11)
        let (labels, examples) = ((0..<48).map { $0 % 6 }, (0..<48).map { $0 / 6 })
        let task = ClassificationTask(rows: rows, labels: labels, examples: examples)
        let memory = labels.indices.filter { examples[$0] < 3 }
        let correct = labels.indices.filter { examples[$0] >= 3 }.count { query in
            let nearest = NearestNeighboursTests.nearest(
                neighbours, of: rows.rows(memory), for: rows.rows([query]).doubles)
            var votes: [Int: Double] = [:]
            for neighbour in nearest { votes[labels[memory[neighbour.row]], default: 0] += exp(neighbour.cosine * 10) }
            return votes.max { $0.value < $1.value }?.key == labels[query]
        }
        let measured = try accuracy(task, neighbours: neighbours, labelled: 3, on: backend.open())
        #expect(measured.accuracy == Double(correct) / 30)
        #expect((1..<30).contains(correct), "\(correct) of 30 tell nothing")
    }

    @Test("of separate classes is 1, of exchanged labels 0", arguments: BackendUnderTest.all)
    func separateClasses(backend: BackendUnderTest) throws {
        let angles = (0..<20).map { (row: Int) -> Double in 1.5 * Double(row % 4) + 0.05 * Double(row / 4) }
        let rows = Self.directions(angles)
        let (labels, examples) = ((0..<20).map { $0 % 4 }, (0..<20).map { $0 / 4 })
        let task = ClassificationTask(rows: rows, labels: labels, examples: examples)
        #expect(try accuracy(task, neighbours: 1, labelled: 2, on: backend.open()).accuracy == 1)
        let exchanged = zip(labels, examples).map { $1 < 2 ? $0 : ($0 + 1) % 4 }
        let wrong = ClassificationTask(rows: rows, labels: exchanged, examples: examples)
        #expect(try accuracy(wrong, neighbours: 1, labelled: 2, on: backend.open()).accuracy == 0)
    }

    /// The nearest row is of class 0, two rows of class 1 come next: near enough they outvote it.
    @Test("votes weigh by exp(cosine / 0.1)", arguments: [(0.2, 1), (0.7, 0)], BackendUnderTest.all)
    func votes(given: (angle: Double, winner: Int), backend: BackendUnderTest) throws {
        let rows = Self.directions([0.05, given.angle, given.angle + 0.01, 3, 0])
        for label in [0, 1] {
            let task = ClassificationTask(rows: rows, labels: [0, 1, 1, 0, label], examples: [0, 0, 1, 1, 2])
            let measured = try accuracy(task, neighbours: 3, labelled: 2, on: backend.open())
            #expect(measured.accuracy == (label == given.winner ? 1 : 0))
        }
    }

    @Test("of equal votes the class of the nearest wins, and of equal rows the first", arguments: BackendUnderTest.all)
    func equalVotes(backend: BackendUnderTest) throws {
        let rows = Self.directions([0.5, 0.5, 0.5])
        for (labels, expected) in [([3, 5, 3], 1.0), ([3, 5, 5], 0)] {
            for neighbours in [1, 2] {
                let task = ClassificationTask(rows: rows, labels: labels, examples: [0, 0, 1])
                let measured = try accuracy(task, neighbours: neighbours, labelled: 1, on: backend.open())
                #expect(measured.accuracy == expected, "\(labels), \(neighbours) neighbours")
            }
        }
    }

    @Test("comes with its protocol")
    func measurement() throws {
        let task = ClassificationTask(
            rows: .random([12, 3], seed: 12), labels: (0..<12).map { $0 % 3 }, examples: (0..<12).map { $0 / 3 })
        let measured = try task.accuracy(
            on: ReferenceBackend(), neighbours: 2, labelledPerClass: 1, input: "pixels", split: "evaluation",
            moment: "offline")
        #expect(
            measured.protocol
                == EvaluationProtocol(
                    input: "pixels", split: "evaluation", neighbours: 2, classes: 3, labelledPerClass: 1, queries: 9,
                    moment: "offline"))
        #expect(measured.protocol.summary == "3-way 2-NN by cosine, 1 labelled per class, 9 queries")
    }

    @Test("has no more neighbours than there are labelled examples, and says so")
    func fewLabelled() throws {
        let task = ClassificationTask(
            rows: .random([12, 3], seed: 12), labels: (0..<12).map { $0 % 3 }, examples: (0..<12).map { $0 / 3 })
        let (all, more) = (
            try accuracy(task, neighbours: 6, labelled: 2, on: ReferenceBackend()),
            try accuracy(task, neighbours: 1000, labelled: 2, on: ReferenceBackend())
        )
        #expect(more.protocol.neighbours == 6)
        #expect(more == all)
    }

    @Test("without examples to learn from, or to ask for, is refused")
    func tooFewExamples() throws {
        let task = ClassificationTask(rows: .random([4, 2], seed: 13), labels: [0, 1, 0, 1], examples: [0, 0, 1, 1])
        func error(_ labelled: Int) -> String? {
            #expect(throws: ExecutionError.self) {
                try accuracy(task, neighbours: 1, labelled: labelled, on: ReferenceBackend())
            }?.description
        }
        #expect(error(2) == "input 'features' has 4 labelled and 0 other examples; a class needs more than 2")
        #expect(error(0) == "input 'features' has 0 labelled and 4 other examples; a class needs more than 0")
    }

    private func accuracy(
        _ task: ClassificationTask, neighbours: Int, labelled: Int, on backend: some Backend
    ) throws -> Accuracy {
        try task.accuracy(
            on: backend, neighbours: neighbours, labelledPerClass: labelled, input: "features", split: "evaluation",
            moment: "online")
    }

    /// Unit vectors of the plane at `angles`.
    private static func directions(_ angles: [Double]) -> Tensor {
        Tensor([angles.count, 2], angles.flatMap { [Float(cos($0)), Float(sin($0))] })
    }
}
