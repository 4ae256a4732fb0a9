// View pairs from a file: in order, wrapping around, and refused where they are not views.

import Datasets
import Diptych
import TensorCore
import TensorFiles
import Testing

@Suite final class RecordedPairsTests {
    private let scratch: ScratchFolder
    private var path: String { scratch.file("pairs.safetensors") }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func views(_ rows: Int, _ shape: [Int] = [2, 2, 1], offset: Float = 0) -> Tensor {
        let pixels = shape.reduce(1, *)
        return Tensor(Shape([rows] + shape), (0..<rows * pixels).map { offset + Float($0 / pixels) / 16 })
    }

    private func write(_ tensors: [String: Tensor], labels: [Int64]? = nil) throws {
        var file = SafetensorsFile()
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) { file.append(name, tensor) }
        if let labels { file.append("label", integers: labels, shape: [labels.count]) }
        try file.write(to: path)
    }

    private func pairs(_ pairsPerBatch: Int) throws(DatasetError) -> RecordedPairs {
        try RecordedPairs(file: path, pairsPerBatch: pairsPerBatch, size: 2)
    }

    @Test func rowsComeInOrderAndWrapAround() throws {
        try write(["view1": views(5), "view2": views(5, [1, 2, 2], offset: 0.5)], labels: [9, 8, 7, 6, 5])
        let pairs = try pairs(3)
        #expect(pairs.stepsPerEpoch == 1)
        let rows = [[0, 1, 2], [3, 4, 0], [1, 2, 3], [4, 0, 1]]
        for (step, rows) in rows.enumerated() {
            let batch = pairs.batch(step: step)
            #expect(batch.view1.shape == [3, 2, 2, 1] && batch.view2.shape == [3, 2, 2, 1])
            #expect(batch.view1.floats == rows.flatMap { [Float](repeating: Float($0) / 16, count: 4) })
            #expect(batch.view2.floats == batch.view1.floats.map { $0 + 0.5 })
            #expect(batch.labels == rows.map { 9 - Int32($0) })
        }
        #expect(pairs.batch(step: 5 * 1_000_000_007 + 1) == pairs.batch(step: 1))
    }

    @Test func aBatchMayBeLargerThanTheFile() throws {
        try write(["view1": views(2), "view2": views(2)])
        let batch = try pairs(5).batch(step: 1)
        #expect(batch.view1.floats == [1, 0, 1, 0, 1].flatMap { [Float](repeating: $0 / 16, count: 4) })
        #expect(batch.labels == nil)
        #expect(try pairs(5).stepsPerEpoch == 1)
    }

    @Test func whatIsNoViewIsRefused() throws {
        let good = views(3)
        let bad: [([String: Tensor], [Int64]?, String)] = [
            (["view1": good], nil, "missing"), (["view1": good, "view2": views(4)], nil, "4 rows"),
            (["view1": good, "view2": views(3, [2, 2, 2])], nil, "not [N, 2, 2, 1]"),
            (["view1": good, "view2": views(3, [4])], nil, "not [N, 2, 2, 1]"),
            (["view1": good, "view2": views(3, offset: 0.9)], nil, "outside [0, 1]"),
            (["view1": good, "view2": views(3, offset: .nan)], nil, "nan at [0, 0, 0, 0] lies outside"),
            (["view1": good, "view2": Tensor([3, 2, 2, 1], [Int32](repeating: 0, count: 12))], nil, "floating point"),
            (["view1": good, "view2": good], [1, 2], "not [3]"), (["view1": good, "view2": good], [1, -2, 3], "-2"),
        ]
        for (tensors, labels, words) in bad {
            try write(tensors, labels: labels)
            let error = #expect(throws: DatasetError.self) { try pairs(2) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: DatasetError.self) { try pairs(2) }
        #expect(error?.description.contains(path) == true)
    }
}
