// View pairs made elsewhere: `pairs:FILE.safetensors`.

import TensorCore
import TensorFiles

/// View pairs of a safetensors file, taken in the order of the file, neither augmented nor shuffled.
///
/// The file has `view1` and `view2`, floating point in [0, 1] with ink = 1, as [N, S, S, 1] or [N, 1, S, S], and may
/// have whole numbers `label` [N]. A batch is the next rows, wrapping around at the end.
public struct RecordedPairs: PairSource {
    /// The number of rows in the file.
    public let count: Int
    /// The width and height of a view.
    public let size: Int
    /// The number of pairs in a batch; it may be larger than the file.
    public let pairsPerBatch: Int
    private let views: [[Float]]
    private let labels: [Int32]?

    /// Reads `file` for batches of `pairsPerBatch` views of `size` x `size` pixels, or of as many as they have.
    ///
    /// Throws `badPairs` where a tensor is missing, has another shape, or a value outside [0, 1].
    public init(file path: String, pairsPerBatch: Int, size: Int? = nil) throws(DatasetError) {
        precondition(pairsPerBatch > 0, "RecordedPairs: a batch of \(pairsPerBatch)")
        do throws(TensorFileError) {
            let file = try SafetensorsFile.read(path)
            let (first, second) = (try file.tensor("view1"), try file.tensor("view2"))
            let size = size ?? Self.size(of: first) ?? 28
            views = [try Self.views(first, size: size), try Self.views(second, size: size)]
            let count = first.shape[0]
            guard second.shape[0] == count else {
                throw second.bad("it has \(second.shape[0]) rows, and view1 \(count)")
            }
            labels = try file["label"].map { (label) throws(TensorFileError) in
                guard label.shape == [count] else { throw label.bad("its shape is \(label.shape), not [\(count)]") }
                let values = try label.integers()
                if let bad = values.first(where: { $0 < 0 || $0 > Int64(Int32.max) }) {
                    throw label.bad("\(bad) is no label")
                }
                return values.map { Int32($0) }
            }
            (self.count, self.size) = (count, size)
        } catch {
            throw .badPairs(error)
        }
        self.pairsPerBatch = pairsPerBatch
    }

    /// The number of batches in which the file is gone through once, rounded down, and at least 1.
    public var stepsPerEpoch: Int { max(1, count / pairsPerBatch) }

    /// The batch of `step`: rows `step * pairsPerBatch` and following, modulo the number of rows.
    public func batch(step: Int) -> PairBatch {
        precondition(step >= 0, "RecordedPairs: step \(step)")
        let first = step % count * (pairsPerBatch % count) % count
        let rows = (0..<pairsPerBatch).map { (first + $0) % count }
        let tensors = views.map { view in
            Tensor(
                [rows.count, size, size, 1], rows.flatMap { view[$0 * size * size..<($0 + 1) * size * size] })
        }
        return PairBatch(view1: tensors[0], view2: tensors[1], labels: labels.map { labels in rows.map { labels[$0] } })
    }

    /// The first view of each pair, in the order of the file; nil where the file has no labels.
    public func evaluationViews() -> LabelledViews? {
        guard let labels else { return nil }
        return LabelledViews(
            images: Tensor([count, size, size, 1], views[0]), labels: labels, drawers: LabelledViews.places(of: labels))
    }

    /// The width and height of square views.
    private static func size(of tensor: FileTensor) -> Int? {
        let extents = tensor.shape.extents
        guard extents.count == 4, case let side = extents[2], side > 0 else { return nil }
        return [[side, side, 1], [1, side, side]].contains(Array(extents[1...])) ? side : nil
    }

    private static func views(_ tensor: FileTensor, size: Int) throws(TensorFileError) -> [Float] {
        let shape = tensor.shape
        // With one channel, [N, S, S, 1] and [N, 1, S, S] are the same numbers in the same order.
        guard shape.rank == 4, shape[0] > 0,
            shape.extents[1...] == [size, size, 1] || shape.extents[1...] == [1, size, size]
        else {
            let remedy = Self.size(of: tensor).map { size in
                "; encoder.inputSize=\(size), or --size \(size) in a preview, takes it"
            }
            throw tensor.bad(
                "its shape is \(shape), not [N, \(size), \(size), 1] or [N, 1, \(size), \(size)]" + (remedy ?? ""))
        }
        let values = try tensor.floats()
        if let place = values.firstIndex(where: { !(0...1).contains($0) }) {
            throw tensor.bad("\(values[place]) at \(shape.indices(at: place)) lies outside [0, 1]")
        }
        return values
    }
}
