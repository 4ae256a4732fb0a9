// 1-nearest-neighbour by cosine on the pixels themselves: what an encoder must beat.

import Datasets
import Dispatch

/// The 659-way protocol: drawings 0 to 4 of each character are the memory, 5 to 19 the queries.
struct RawPixels {
    private typealias Block = SIMD16<Float>

    private let views: LabelledViews
    private let rows: [[Block]]

    /// Prepares the pixels of `set`, each view scaled to unit length.
    init(_ set: DrawingSet) {
        views = set.evaluationViews()
        let pixels = views.images.shape.extents[1...].reduce(1, *)
        precondition(pixels % 16 == 0, "RawPixels: \(pixels) pixels")
        let values = views.images.floats
        rows = views.labels.indices.map { row in
            let view = values[row * pixels..<(row + 1) * pixels]
            let scale = 1 / view.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return (0..<pixels / 16).map { block in
                Block(view.dropFirst(16 * block).prefix(16)) * scale
            }
        }
    }

    /// The share of the queries whose nearest neighbour is the same character; a tie goes to the earlier drawing.
    func accuracy() -> Double {
        let (memory, queries) = (views.rows(drawers: 0..<5), views.rows(drawers: 5..<20))
        let chunks = 64
        let right = [Int](unsafeUninitializedCapacity: chunks) { right, count in
            // Every chunk is counted by one thread, once.
            nonisolated(unsafe) let right = right
            DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
                let taken = queries[chunk * queries.count / chunks..<(chunk + 1) * queries.count / chunks]
                let found = taken.filter { views.labels[nearest(to: $0, among: memory)] == views.labels[$0] }
                right.initializeElement(at: chunk, to: found.count)
            }
            count = chunks
        }
        return Double(right.reduce(0, +)) / Double(queries.count)
    }

    private func nearest(to query: Int, among memory: [Int]) -> Int {
        var best = (row: memory[0], similarity: -Float.infinity)
        rows[query].withUnsafeBufferPointer { query in
            for row in memory {
                let similarity = rows[row].withUnsafeBufferPointer { row in
                    var sum = Block.zero
                    for block in query.indices { sum += query[block] * row[block] }
                    return sum.sum()
                }
                if similarity > best.similarity { best = (row, similarity) }
            }
        }
        return best.row
    }
}
