// Work-groups for kernels that can run in smaller ones than the device.

import OpenCLBackend
import Testing

@Suite struct WorkGroupTests {
    @Test(
        "a work-group is cut down to what a kernel can run, and still divides what it divided",
        arguments: [[256], [64, 4], [16, 16, 1], [96, 2], [1, 1], [15, 9]], [1, 2, 17, 64, 256, 1024])
    func fitted(local: [Int], maximum: Int) {
        let fitted = PreparedCall.fitted(local, into: maximum)
        #expect(fitted.count == local.count)
        #expect(fitted.reduce(1, *) <= maximum)
        #expect(zip(local, fitted).allSatisfy { $0.isMultiple(of: $1) })
        if local.reduce(1, *) <= maximum { #expect(fitted == local) }
    }
}
