// Nearest neighbours in blocks against a plain search on the host.

import Evaluation
import Execution
import GraphIR
import ReferenceBackend
import Synchronization
import TensorCore
import Testing

@Suite("Nearest neighbours")
struct NearestNeighboursTests {
    /// 37 rows in one block, and in blocks of 37, 10, 4 and as few as there are neighbours, the last of them padded;
    /// queries in blocks of 26 rows, all at once, and of 1.
    static let budgets = [1 << 24, 1000, 2560, 1024, 1]

    @Test("are exact in blocks of any size", arguments: budgets, BackendUnderTest.all)
    func exact(budget: Int, backend: BackendUnderTest) throws {
        let (memory, queries) = (Tensor.random([37, 6], seed: 1), Tensor.random([26, 6], seed: 2))
        for count in [1, 3, 37] {
            let found = try find(count, of: memory, for: queries, budget: budget, on: backend.open())
            #expect(found.count == 26)
            for (query, neighbours) in found.enumerated() {
                let expected = Self.nearest(count, of: memory, for: queries.rows([query]).doubles)
                #expect(neighbours.rows == expected.map(\.row), "query \(query), \(count) neighbours")
                let parted = zip(neighbours.similarities, expected).map { abs(Double($0) - $1.cosine) }.max() ?? .nan
                #expect(parted < 1e-6, "query \(query): \(parted)")
            }
        }
    }

    @Test("of equal similarities the lower row comes first, across blocks", arguments: budgets, BackendUnderTest.all)
    func ties(budget: Int, backend: BackendUnderTest) throws {
        // Three different rows again and again; a row doubled in length is no nearer.
        let rows: [[Float]] = [[1, 2, 3], [3, -1, 0.5], [-1, 1, 1]]
        let elements = (0..<24).flatMap { (row: Int) -> [Float] in
            let factor: Float = row.isMultiple(of: 2) ? 1 : 2
            return rows[row % 3].map { $0 * factor }
        }
        let memory = Tensor([24, 3], elements)
        let found = try find(
            5, of: memory, for: Tensor([3, 3], rows.flatMap { $0 }), budget: budget, on: backend.open())
        for (query, neighbours) in found.enumerated() {
            #expect(neighbours.rows == [0, 3, 6, 9, 12].map { $0 + query })
            #expect(Set(neighbours.similarities).count == 1)
        }
    }

    @Test("a search takes the blocks that fit into memory")
    func memoryLimit() throws {
        let (memory, queries) = (Tensor.random([37, 6], seed: 1), Tensor.random([26, 6], seed: 2))
        let whole = try NearestNeighbours(on: ReferenceBackend()).find(3, of: memory, for: queries)
        for limit in [8000, 4000] {
            let found = try NearestNeighbours(on: ReferenceBackend(memoryLimit: limit)).find(
                3, of: memory, for: queries)
            #expect(found.map(\.rows) == whole.map(\.rows), "\(limit)")
        }
        let error = #expect(throws: ExecutionError.self) {
            try NearestNeighbours(on: ReferenceBackend(memoryLimit: 50)).find(3, of: memory, for: queries)
        }
        #expect(
            error?.description.hasSuffix(
                "of 50 bytes: not even the search for one query fits; "
                    + "a higher memoryLimit would help") == true)
    }

    @Test("rows that pad a block are nobody's neighbour", arguments: BackendUnderTest.all)
    func padding(backend: BackendUnderTest) throws {
        // All rows point away from the query: a row of zeros would be nearer.
        let memory = Tensor([7, 2], (0..<7).flatMap { [-1, 0.1 * Float($0)] as [Float] })
        let query = Tensor([1, 2], [Float(1), 0])
        let found = try find(5, of: memory, for: query, budget: 1, on: backend.open())
        #expect(found[0].rows == [6, 5, 4, 3, 2])
        #expect(found[0].similarities.allSatisfy { $0 < -0.8 })
    }

    @Test("a row of zeros is at a right angle to all", arguments: BackendUnderTest.all)
    func zeros(backend: BackendUnderTest) throws {
        let memory = Tensor([3, 2], [Float(-1), 0, 0, 0, 1, 1])
        let found = try find(3, of: memory, for: Tensor([2, 2], [Float(1), 0, 0, 0]), budget: 64, on: backend.open())
        #expect(found[0].rows == [2, 1, 0])
        #expect(found[1].rows == [0, 1, 2])
        #expect(found[1].similarities == [0, 0, 0])
    }

    @Test("never hold more similarities than the budget", arguments: [300, 1000, 2560])
    func budget(budget: Int) throws {
        let backend = WatchedBackend()
        let (memory, queries) = (Tensor.random([200, 3], seed: 3), Tensor.random([50, 3], seed: 4))
        _ = try NearestNeighbours(on: backend, budget: budget).find(1, of: memory, for: queries)
        #expect(backend.largestProduct > 0 && backend.largestProduct <= budget, "\(backend.largestProduct)")
    }

    @Test("what does not go together is refused")
    func errors() throws {
        func error(_ count: Int, _ memory: Shape, _ queries: Shape) -> String? {
            let search = NearestNeighbours(on: ReferenceBackend())
            return #expect(throws: ExecutionError.self) {
                try search.find(
                    count, of: Tensor(memory, repeating: 1), for: Tensor(queries, repeating: 1))
            }?.description
        }
        #expect(
            error(1, [4, 3], [2, 5]) == "input 'queries' is float32[2, 5] for a memory of float32[4, 3]")
        #expect(error(1, [12], [2, 5]) == "input 'queries' is float32[2, 5] for a memory of float32[12]")
        #expect(error(5, [4, 3], [2, 3]) == "input 'memory' has 4 rows, 5 neighbours are asked for")
        #expect(error(0, [4, 3], [2, 3]) == "input 'memory' has 4 rows, 0 neighbours are asked for")
    }

    /// The `count` rows of `memory` with the largest cosine, of equal ones the lower row first.
    static func nearest(_ count: Int, of memory: Tensor, for query: [Double]) -> [(row: Int, cosine: Double)] {
        func length(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let cosines = (0..<memory.shape[0]).map { row in
            let elements = memory.rows([row]).doubles
            return zip(elements, query).reduce(0) { $0 + $1.0 * $1.1 } / (length(elements) * length(query))
        }
        let order = cosines.indices.sorted { (-cosines[$0], $0) < (-cosines[$1], $1) }
        return order.prefix(count).map { ($0, cosines[$0]) }
    }

    /// Rows and similarities of the neighbours.
    private func find(
        _ count: Int, of memory: Tensor, for queries: Tensor, budget: Int, on backend: some Backend
    ) throws -> [(rows: [Int], similarities: [Float])] {
        try NearestNeighbours(on: backend, budget: budget).find(count, of: memory, for: queries)
            .map { ($0.rows, $0.similarities) }
    }
}

/// The reference, with an eye on the matrix products that it is given.
private final class WatchedBackend: Backend {
    let name = "watched reference"
    private let largest = Mutex(0)

    /// The number of elements of the largest matrix product.
    var largestProduct: Int { largest.withLock { $0 } }

    func compile(_ graph: Graph) throws(ExecutionError) -> ReferenceProgram {
        for node in graph.nodes {
            guard case .matrixProduct = node.op else { continue }
            largest.withLock { $0 = max($0, node.types[0].shape.count) }
        }
        return try ReferenceBackend().compile(graph)
    }

    func plannedBytes(of graph: Graph) throws(ExecutionError) -> Int {
        try ReferenceBackend().plannedBytes(of: graph)
    }
}
