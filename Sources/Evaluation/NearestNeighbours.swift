// Exact k-nearest-neighbour search and classification, in blocks, composed of matrix product and top-k.

public import Execution
import GraphIR
public import TensorCore

/// The nearest rows of a memory by cosine, exactly, block by block, so that no matrix of all similarities is held.
public struct NearestNeighbours<B: Backend> {
    private let backend: B
    /// The most similarities held at once.
    private let budget: Int

    /// Makes a search on `backend` that holds at most `budget` similarities at once (4 bytes each), or as small a part of
    /// that as fits into memory.
    public init(on backend: B, budget: Int = 1 << 24) {
        (self.backend, self.budget) = (backend, budget)
    }

    /// The neighbours of one query, nearest first; of equal similarities the lower row comes first.
    public struct Neighbours: Sendable {
        /// The rows of the memory.
        public let rows: [Int]
        /// Their cosines with the query.
        public let similarities: [Float]
    }

    /// The `count` nearest of `memory` [M, D] for each of `queries` [Q, D]; rows need not be of unit length.
    ///
    /// - Throws: `ExecutionError.input` for shapes that do not go together, or fewer than `count` rows; `.memory` where not
    ///   even one query fits.
    public func find(
        _ count: Int, of memory: Tensor, for queries: Tensor
    ) throws(ExecutionError) -> [Neighbours] {
        guard memory.shape.rank == 2, queries.shape.rank == 2, memory.shape[1] == queries.shape[1] else {
            throw .input(name: "queries", reason: "is \(queries.type) for a memory of \(memory.type)")
        }
        guard count > 0, count <= memory.shape[0], queries.shape[0] > 0 else {
            throw .input(name: "memory", reason: "has \(memory.shape[0]) rows, \(count) neighbours are asked for")
        }
        let (program, blocks) = try fitting(count, of: memory.shape, for: queries.shape[0], budget: budget)
        var found = [Neighbours](repeating: .init(rows: [], similarities: []), count: queries.shape[0])
        for memoryStart in stride(from: 0, to: memory.shape[0], by: blocks.memoryRows) {
            let held = min(blocks.memoryRows, memory.shape[0] - memoryStart)
            try program.write("memory", memory.block(from: memoryStart, rows: blocks.memoryRows))
            // Rows that pad the last block can be nobody's neighbour.
            let mask = (0..<blocks.memoryRows).map { $0 < held ? Float(0) : -.infinity }
            try program.write("mask", Tensor([1, blocks.memoryRows], mask))
            for start in stride(from: 0, to: queries.shape[0], by: blocks.queryRows) {
                let block = queries.block(from: start, rows: blocks.queryRows)
                let outputs = try program.run(["queries": block])
                guard let values = outputs["similarities"]?.floats, let rows = outputs["rows"]?.integers else {
                    continue
                }
                for query in start..<min(start + blocks.queryRows, queries.shape[0]) {
                    let range = (query - start) * count..<(query - start + 1) * count
                    let new = zip(rows[range], values[range]).filter { Int($0.0) < held }
                    found[query] = found[query].merged(
                        rows: new.map { Int($0.0) + memoryStart }, similarities: new.map(\.1), keeping: count)
                }
            }
        }
        return found
    }

    /// The search in the largest blocks that fit.
    private func fitting(
        _ count: Int, of memory: Shape, for queries: Int, budget: Int
    ) throws(ExecutionError) -> (B.Program, Blocks) {
        let blocks = Blocks(rows: memory[0], queries: queries, neighbours: count, budget: budget)
        do {
            return (try backend.compile(try graph(blocks, features: memory[1], count: count)), blocks)
        } catch .memory(let needed, let available, let place, _) {
            guard budget > 1 else {
                throw .memory(
                    neededBytes: needed, availableBytes: available, place: place,
                    advice: "not even the search for one query fits; a higher memoryLimit would help")
            }
            return try fitting(count, of: memory, for: queries, budget: budget / 2)
        }
    }

    private func graph(_ blocks: Blocks, features: Int, count: Int) throws(ExecutionError) -> Graph {
        let builder = GraphBuilder()
        let memory = builder.variable("memory", [blocks.memoryRows, features])
        let mask = builder.variable("mask", [1, blocks.memoryRows])
        let queries = builder.input("queries", [blocks.queryRows, features])
        let cosines = queries.l2Normalized().matrixProduct(memory.l2Normalized(), transposeRight: true)
        let nearest = (cosines + mask).topK(count)
        builder.output("similarities", nearest.values)
        builder.output("rows", nearest.indices)
        return try builder.finishVerified()
    }
}

/// How a search is cut into blocks of at most `budget` similarities.
private struct Blocks {
    let memoryRows: Int
    let queryRows: Int

    init(rows: Int, queries: Int, neighbours: Int, budget: Int) {
        memoryRows = min(rows, max(neighbours, budget / 256))
        queryRows = min(queries, max(1, budget / memoryRows))
    }
}

extension NearestNeighbours.Neighbours {
    /// The nearest of both, these first where similarities are equal: they have the lower rows.
    fileprivate func merged(rows new: [Int], similarities: [Float], keeping count: Int) -> Self {
        guard !rows.isEmpty else { return .init(rows: new, similarities: similarities) }
        var merged: [(row: Int, similarity: Float)] = []
        var (mine, other) = (0, 0)
        while merged.count < count, mine < rows.count || other < new.count {
            let takeMine =
                other == new.count || (mine < rows.count && self.similarities[mine] >= similarities[other])
            merged.append(takeMine ? (rows[mine], self.similarities[mine]) : (new[other], similarities[other]))
            if takeMine { mine += 1 } else { other += 1 }
        }
        return .init(rows: merged.map(\.row), similarities: merged.map(\.similarity))
    }
}

extension Tensor {
    /// The `rows` rows of this matrix from row `start` on, padded with zeros where they end.
    fileprivate func block(from start: Int, rows: Int) -> Tensor {
        let width = shape[1]
        let end = min(start + rows, shape[0])
        guard start > 0 || end - start < shape[0] || rows != shape[0] else { return self }
        let elements = Array(floats[start * width..<end * width])
        return Tensor([rows, width], elements + repeatElement(0, count: (rows - (end - start)) * width))
    }
}
