// Gradients on the reference: every differentiable input of every sample, along one seeded direction.

import OperationSamples
import ReferenceBackend
import Testing

@Suite("Gradients against differences, on the reference")
struct ReferenceGradientTests {
    @Test("every operation", arguments: OperationStem.allCases)
    func operation(stem: OperationStem) {
        check(stem.samples)
    }

    @Test("every composition and block")
    func compositions() {
        check(OperationSample.compositions + OperationSample.blocks)
    }

    private func check(_ samples: [OperationSample]) {
        for row in GradientCheck.run(samples, on: ReferenceBackend()) {
            #expect(row.agrees, "\(row)")
        }
    }
}
