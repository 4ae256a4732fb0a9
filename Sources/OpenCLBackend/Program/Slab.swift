// A launch in slabs, for devices that take only so many work-groups along a dimension.

/// A part of a launch that a device takes at once.
package struct Slab: Hashable, Sendable {
    /// The first work-item along each dimension.
    package private(set) var offset: [Int]
    /// The number of work-items along each dimension.
    package private(set) var global: [Int]

    /// A launch over `global` work-items in work-groups of `local`, cut so that no slab has more than `most` of them along
    /// the second or the third dimension. The first has room for 2^31 groups everywhere.
    package static func cut(_ global: [Int], local: [Int], most: Int) -> [Slab] {
        var slabs = [Slab(offset: global.map { _ in 0 }, global: global)]
        for dimension in global.indices.dropFirst() where global[dimension] / local[dimension] > most {
            let (count, step) = (global[dimension], most * local[dimension])
            slabs = slabs.flatMap { whole in
                stride(from: 0, to: count, by: step).map { first in
                    var slab = whole
                    (slab.offset[dimension], slab.global[dimension]) = (first, min(step, count - first))
                    return slab
                }
            }
        }
        return slabs
    }
}
