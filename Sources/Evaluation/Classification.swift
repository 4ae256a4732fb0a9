// Accuracy by nearest neighbours, with the protocol without which the number means nothing.

public import Execution
import Glibc
public import TensorCore

/// How an accuracy was measured.
public struct EvaluationProtocol: Hashable, Sendable, Codable {
    /// What was judged: `features`, or `pixels`.
    public var input: String
    /// The part of the data: `evaluation`.
    public var split: String
    /// The classifier: `nearestNeighbours`.
    public var classifier = "nearestNeighbours"
    /// k, the neighbours that vote: no more than there are labelled examples.
    public var neighbours: Int
    /// What the neighbours are nearest by: `cosine`.
    public var metric = "cosine"
    /// The number of classes told apart.
    public var classes: Int
    /// The labelled examples of each class: the first drawers'.
    public var labelledPerClass: Int
    /// The number of examples classified.
    public var queries: Int
    /// Whether the encoder was evaluated while it trained (`online`) or from a checkpoint (`offline`).
    public var moment: String

    /// Makes the protocol of a measurement.
    public init(
        input: String, split: String, neighbours: Int, classes: Int, labelledPerClass: Int, queries: Int,
        moment: String
    ) {
        (self.input, self.split, self.neighbours, self.classes) = (input, split, neighbours, classes)
        (self.labelledPerClass, self.queries, self.moment) = (labelledPerClass, queries, moment)
    }

    /// `659-way 1-NN by cosine, 5 labelled per class, 9885 queries`.
    public var summary: String {
        "\(classes)-way \(neighbours)-NN by \(metric), \(labelledPerClass) labelled per class, \(queries) queries"
    }
}

/// A measured accuracy.
public struct Accuracy: Hashable, Sendable, Codable {
    /// The fraction of queries whose class was found.
    public let accuracy: Double
    /// How it was measured.
    public let `protocol`: EvaluationProtocol
}

/// Rows to be told apart: features or pixels with class labels, and which of them are labelled examples.
public struct ClassificationTask: Sendable {
    /// The rows [N, D].
    public let rows: Tensor
    /// The class of each row.
    public let labels: [Int]
    /// The number of each row's example within its class, from 0.
    public let examples: [Int]

    /// Makes a task of `rows`.
    public init(rows: Tensor, labels: [Int], examples: [Int]) {
        precondition(
            rows.shape.rank == 2 && rows.shape[0] == labels.count && labels.count == examples.count,
            "ClassificationTask: \(rows.type), \(labels.count) labels, \(examples.count) examples")
        (self.rows, self.labels, self.examples) = (rows, labels, examples)
    }

    /// Classifies every example from number `labelledPerClass` on by its nearest neighbours among those before it: each
    /// of the `neighbours` votes with weight exp(cosine / 0.1), as in the authors' code; of equal votes the class of
    /// the nearest wins. Where fewer examples are labelled than `neighbours`, all of them vote, and the protocol says so.
    ///
    /// - Throws: `ExecutionError` when the backend fails or there are too few examples.
    public func accuracy(
        on backend: some Backend, neighbours: Int = 1, labelledPerClass: Int = 5, input: String, split: String,
        moment: String
    ) throws(ExecutionError) -> Accuracy {
        let memory = labels.indices.filter { examples[$0] < labelledPerClass }
        let queries = labels.indices.filter { examples[$0] >= labelledPerClass }
        guard !memory.isEmpty, !queries.isEmpty else {
            throw .input(
                name: input,
                reason: "has \(memory.count) labelled and \(queries.count) other examples; "
                    + "a class needs more than \(labelledPerClass)")
        }
        let neighbours = min(neighbours, memory.count)
        let found = try NearestNeighbours(on: backend).find(
            neighbours, of: rows.rows(memory), for: rows.rows(queries))
        let correct = zip(queries, found).count { query, neighbours in
            let votes = neighbours.rows.map { labels[memory[$0]] }
            return Self.winner(votes, neighbours.similarities) == labels[query]
        }
        return Accuracy(
            accuracy: Double(correct) / Double(queries.count),
            protocol: EvaluationProtocol(
                input: input, split: split, neighbours: neighbours, classes: Set(labels).count,
                labelledPerClass: labelledPerClass, queries: queries.count, moment: moment))
    }

    /// The class with the largest sum of exp(similarity / 0.1); relative to the nearest, so that nothing overflows.
    static func winner(_ classes: [Int], _ similarities: [Float]) -> Int? {
        guard let top = similarities.first else { return nil }
        var votes: [Int: Double] = [:]
        for (candidate, similarity) in zip(classes, similarities) {
            votes[candidate, default: 0] += exp(Double(similarity - top) / 0.1)
        }
        // Of equals, `max(by:)` keeps the first, which is the nearest.
        return classes.max { votes[$0, default: 0] < votes[$1, default: 0] }
    }
}

extension Tensor {
    /// The rows of this matrix at `indices`.
    fileprivate func rows(_ indices: [Int]) -> Tensor {
        let (width, elements) = (shape[1], floats)
        var rows: [Float] = []
        rows.reserveCapacity(indices.count * width)
        for index in indices { rows += elements[index * width..<(index + 1) * width] }
        return Tensor([indices.count, width], rows)
    }
}
