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

    @Test(
        "a launch goes in slabs that a device takes, which have every work-group once",
        arguments: [[(640, 64)], [(64, 64), (20, 2)], [(12, 4), (6, 2), (7, 1)], [(1, 1), (1, 1), (9, 1)]],
        [1, 3, 7, 65_535, Int.max])
    func slabs(dimensions: [(global: Int, local: Int)], most: Int) {
        let (global, local) = (dimensions.map(\.global), dimensions.map(\.local))
        let slabs = Slab.cut(global, local: local, most: most)
        var seen: Set<[Int]> = []
        for slab in slabs {
            let groups = zip(slab.global, local).map { $0 / $1 }
            #expect(groups.dropFirst().allSatisfy { $0 <= most })
            #expect(zip(slab.global + slab.offset, local + local).allSatisfy { $0.isMultiple(of: $1) })
            var places: [[Int]] = [[]]
            for (dimension, count) in groups.enumerated() {
                let first = slab.offset[dimension] / local[dimension]
                places = places.flatMap { place in (first..<first + count).map { place + [$0] } }
            }
            #expect(seen.isDisjoint(with: places))
            seen.formUnion(places)
        }
        #expect(seen.count == zip(global, local).map { $0 / $1 }.reduce(1, *))
        if most >= 10 { #expect(slabs.map(\.global) == [global]) }
    }
}
