// Every sample of every operation on the device, held against the reference, with each kernel shape.

import OpenCLBackend
import OperationSamples
import ReferenceBackend
import Testing

@Suite("Samples on OpenCL", .requiresOpenCL)
struct SampleTests {
    @Test(arguments: OperationSample.all.filter { $0.extent < .benchmark })
    func agreesWithTheReference(sample: OperationSample) throws {
        let row = CrossCheck.check(sample, on: try Backends.usual.get(), against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    @Test(arguments: OperationSample.all.filter(hasChoices))
    func agreesWithEachKernel(sample: OperationSample) throws {
        let expected = try sample.results(on: ReferenceBackend())
        for choice in KernelChoice.candidates(for: sample.operation) {
            let backend = try Backends.usual.get().forcing([sample.operation: choice])
            let row = CrossCheck.compare(try sample.results(on: backend), expected, of: sample)
            #expect(row.agrees, "\(choice): \(row)")
        }
    }

    private static func hasChoices(_ sample: OperationSample) -> Bool {
        sample.extent < .benchmark && KernelChoice.operations.contains(sample.operation)
    }

    /// Backends that all tests of the suite share, with canaries behind every value.
    private enum Backends {
        static let usual = Result { () throws(OpenCLBackendError) in
            var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
            options.canaries = true
            return try OpenCLBackend(OpenCLAvailability.choice, options)
        }
    }
}
