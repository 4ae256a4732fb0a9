// Index arithmetic as kernel text: where the element at a row-major position lies in memory with other strides.

import TensorCore

/// The place start + sum over axes of coordinate * stride, for the coordinates of a row-major position `i`.
///
/// Axes are merged where they can be, so that most texts are `i` itself.
struct StridedIndex: Hashable {
    private struct Axis: Hashable {
        var extent: Int
        var stride: Int
    }

    private var axes: [Axis] = []
    private let start: Int

    /// The place of position `i` of a tensor of `extents`, outermost first, in memory with `strides`.
    init(extents: [Int], strides: [Int], start: Int = 0) {
        self.start = start
        for (extent, stride) in zip(extents, strides) where extent != 1 {
            if let outer = axes.last, outer.stride == extent * stride {
                axes[axes.count - 1] = Axis(extent: outer.extent * extent, stride: stride)
            } else {
                axes.append(Axis(extent: extent, stride: stride))
            }
        }
    }

    /// Whether every position is its own place.
    var isIdentity: Bool { start == 0 && (axes.isEmpty || (axes.count == 1 && axes[0].stride == 1)) }

    /// The place of the position `i`, as an expression of `uint`.
    func text(_ i: String) -> String {
        if isIdentity { return i }
        var terms = start == 0 ? [] : ["\(start)u"]
        var inner = 1
        for (index, axis) in axes.enumerated().reversed() {
            let quotient = inner == 1 ? i : "\(i) / \(inner)u"
            let coordinate = index == 0 ? quotient : "\(quotient) % \(axis.extent)u"
            if axis.stride != 0 {
                terms.append(axis.stride == 1 ? "(\(coordinate))" : "(\(coordinate)) * \(axis.stride)u")
            }
            inner *= axis.extent
        }
        return terms.isEmpty ? "0u" : terms.joined(separator: " + ")
    }
}
