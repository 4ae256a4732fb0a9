// The reference runs every sample, and twice in the same bits.

import Execution
import OperationSamples
import ReferenceBackend
import Testing

@Suite("Samples on the reference")
struct ReferenceSampleTests {
    @Test("every sample has the same bits in two runs")
    func repeats() throws {
        for sample in OperationSample.all {
            let (first, second) = (
                try sample.results(on: ReferenceBackend()), try sample.results(on: ReferenceBackend())
            )
            #expect(first.keys == second.keys)
            for (name, tensor) in first {
                let isSame = tensor.withUnsafeBytes { a in
                    second[name]?.withUnsafeBytes { b in a.elementsEqual(b) } ?? false
                }
                #expect(isSame, "\(sample): \(name)")
            }
        }
    }
}
