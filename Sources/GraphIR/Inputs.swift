// What shape rules ask of their inputs, with the errors that name what was expected.

package import TensorCore

extension Array where Element == TensorType {
    /// Holds the number of inputs against `counts`.
    package func expectCount(_ counts: ClosedRange<Int>) throws(ShapeError) {
        guard counts.contains(count) else {
            let wanted = counts.count == 1 ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
            throw ShapeError("expects \(wanted) inputs, got \(count)")
        }
    }

    /// Holds the number of inputs against `wanted`, and every element type against `element`.
    package func expect(_ wanted: Int, of element: ElementType = .float32) throws(ShapeError) {
        try expect(elements: [ElementType](repeating: element, count: wanted))
    }

    /// Holds the number of inputs and the element type of each against `elements`.
    package func expect(elements: [ElementType]) throws(ShapeError) {
        try expectCount(elements.count...elements.count)
        for (index, type) in enumerated() where type.element != elements[index] {
            throw ShapeError("input \(index) is \(type), expected elements of \(elements[index])")
        }
    }

    /// The shape of input `index`, which must have `rank` axes.
    package func shape(_ index: Int, rank: Int, of meaning: String) throws(ShapeError) -> Shape {
        guard self[index].shape.rank == rank else {
            throw ShapeError("\(meaning) has the shape \(self[index].shape), expected \(rank) axes")
        }
        return self[index].shape
    }

    /// Holds input `index` against `shape`.
    package func expect(_ index: Int, shape: Shape, of meaning: String) throws(ShapeError) {
        guard self[index].shape == shape else {
            throw ShapeError("\(meaning) has the shape \(self[index].shape), expected \(shape)")
        }
    }
}
