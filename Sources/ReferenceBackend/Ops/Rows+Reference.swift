// The definitions of reductions and of operations on rows.

import Glibc
import GraphIR
import TensorCore

extension Op.Reduce {
    func evaluate(_ input: Tensor, shape: Shape) -> Tensor {
        let source = input.floats
        // The result, seen with strides of 0 along the reduced axes.
        var sums = [Double](repeating: kind == .sum ? 0 : -.infinity, count: shape.count)
        let strides = [shape.strides(broadcastTo: input.shape), input.shape.strides]
        forEachElement(of: input.shape, strides: strides) { places in
            let element = Double(source[places[1]])
            switch kind {
            case .sum: sums[places[0]] += element
            case .maximum:
                let largest = sums[places[0]]
                sums[places[0]] = element.isNaN || largest.isNaN ? .nan : max(largest, element)
            }
        }
        return Tensor(shape, sums.map { Float($0) })
    }
}

extension Op.LogSumExp {
    func evaluate(_ input: Tensor) -> Tensor {
        let width = input.shape[input.shape.rank - 1]
        return input.floats.reading { source in
            makeRows(Shape(input.shape.extents.dropLast() + [1]), width: 1) { row, output in
                output[0] = Float(logSumExp(width) { Double(source[row * width + $0]) })
            }
        }
    }
}

/// log sum exp of `count` elements.
func logSumExp(_ count: Int, _ element: (Int) -> Double) -> Double {
    var largest = -Double.infinity
    for index in 0..<count {
        let element = element(index)
        largest = element.isNaN || largest.isNaN ? .nan : max(largest, element)
    }
    // Nothing but -infinity has no terms; with +infinity the sum is infinite; NaN stays NaN.
    guard largest.isFinite else { return largest }
    var sum = 0.0
    for index in 0..<count { sum += exp(element(index) - largest) }
    return largest + log(sum)
}

extension Op.GatherRows {
    func evaluate(table: Tensor, indices: Tensor) -> Tensor {
        let (rows, width) = (table.shape[0], table.shape[1])
        let (source, places) = (table.floats, indices.integers)
        let elements = places.flatMap { place in
            (0..<rows).contains(Int(place))
                ? source[Int(place) * width..<(Int(place) + 1) * width] : ArraySlice(repeating: Float.nan, count: width)
        }
        return Tensor([places.count, width], elements)
    }
}

extension Op.ScatterAddRows {
    func evaluate(updates: Tensor, indices: Tensor) -> Tensor {
        let (source, width) = (updates.floats, updates.shape[1])
        var sums = [Double](repeating: 0, count: rows * width)
        for (row, place) in indices.integers.enumerated() where (0..<rows).contains(Int(place)) {
            for column in 0..<width { sums[Int(place) * width + column] += Double(source[row * width + column]) }
        }
        return Tensor([rows, width], sums.map { Float($0) })
    }
}

extension Op.OneHot {
    func evaluate(labels: Tensor) -> Tensor {
        let labels = labels.integers
        return Tensor(
            [labels.count, classes],
            labels.flatMap { label in (0..<classes).map { Int(label) == $0 ? Float(1) : 0 } })
    }
}

extension Op.TopK {
    func evaluate(_ input: Tensor) -> [Tensor] {
        let width = input.shape[1]
        let source = input.floats
        let rows = (0..<input.shape[0]).map { row -> [(column: Int, value: Float)] in
            let elements = (0..<width).map { column in
                let element = source[row * width + column]
                return (column: column, value: element.isNaN ? -.infinity : element)
            }
            // Sorting is stable in the column because it is part of the order.
            return Array(elements.sorted { ($0.value, $1.column) > ($1.value, $0.column) }.prefix(count))
        }
        let shape: Shape = [input.shape[0], count]
        return [
            Tensor(shape, rows.flatMap { $0.map(\.value) }),
            Tensor(shape, rows.flatMap { $0.map { Int32($0.column) } }),
        ]
    }
}
