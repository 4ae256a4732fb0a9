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

    @Test(arguments: KernelShape.allCases, OperationSample.all.filter(hasShapes))
    func agreesInEachShape(shape: KernelShape, sample: OperationSample) throws {
        let row = CrossCheck.check(sample, on: try Backends.forced[shape]!.get(), against: ReferenceBackend())
        #expect(row.agrees, "\(row)")
    }

    private static func hasShapes(_ sample: OperationSample) -> Bool {
        sample.extent < .benchmark && Target.shapedOperations.contains(sample.operation)
    }

    /// Backends that all tests of the suite share, with canaries behind every value.
    private enum Backends {
        static let usual = make([:])
        static let forced = Dictionary(
            uniqueKeysWithValues: KernelShape.allCases.map { shape in
                (shape, make(Dictionary(uniqueKeysWithValues: Target.shapedOperations.map { ($0, shape) })))
            })

        private static func make(_ shapes: [String: KernelShape]) -> Result<OpenCLBackend, OpenCLBackendError> {
            var options = OpenCLOptions(cacheFolder: OpenCLAvailability.cacheFolder)
            options.canaries = true
            options.shapes = shapes
            return Result { () throws(OpenCLBackendError) in
                try OpenCLBackend(OpenCLAvailability.choice, options)
            }
        }
    }
}
