// The known name that looks most like an unknown one.

/// The number of insertions, deletions, replacements and swaps of neighbours that turn `first` into `second`
/// (optimal string alignment), upper and lower case alike.
package func editDistance(_ first: String, _ second: String) -> Int {
    let (rows, columns) = (Array(first.lowercased().utf8), Array(second.lowercased().utf8))
    guard !rows.isEmpty, !columns.isEmpty else { return max(rows.count, columns.count) }
    var beforeLast = [Int]()
    var last = Array(0...columns.count)
    for row in 1...rows.count {
        var current = [row]
        for column in 1...columns.count {
            let same = rows[row - 1] == columns[column - 1]
            var distance = min(last[column], current[column - 1]) + 1
            distance = min(distance, last[column - 1] + (same ? 0 : 1))
            let swapped =
                row > 1 && column > 1 && rows[row - 1] == columns[column - 2] && rows[row - 2] == columns[column - 1]
            if swapped { distance = min(distance, beforeLast[column - 2] + 1) }
            current.append(distance)
        }
        (beforeLast, last) = (last, current)
    }
    return last[columns.count]
}

/// The one of `known` that looks most like `name`, or nil where none is near: at most a third of its letters differ.
package func nearest(to name: String, among known: some Sequence<String>) -> String? {
    var best: (name: String, distance: Int)?
    for candidate in known {
        let limit = max(candidate.utf8.count / 3, 1)
        guard abs(candidate.utf8.count - name.utf8.count) <= limit else { continue }
        let distance = editDistance(name, candidate)
        if distance <= limit && distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}
