// A table in plain text: columns as wide as their widest cell.

/// A table with a head.
package struct Table: Sendable {
    /// A column: its head, and on which side its cells stand.
    package struct Column: Sendable {
        package let head: String
        package let isNumber: Bool

        /// A column of texts, left.
        package static func text(_ head: String) -> Column { Column(head: head, isNumber: false) }

        /// A column of numbers, right.
        package static func number(_ head: String) -> Column { Column(head: head, isNumber: true) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row with one cell for each column.
    package mutating func add(_ cells: [String]) {
        precondition(cells.count == columns.count, "Table: \(cells.count) cells for \(columns.count) columns")
        rows.append(cells)
    }

    /// The table, a line for each row, without a line break at the end.
    package var text: String {
        let lines = [columns.map(\.head)] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([lines[0], rule] + lines.dropFirst()).map { cells in
            let padded = zip(columns, zip(cells, widths)).map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column.isNumber ? space + cell.0 : cell.0 + space
            }
            let line = padded.joined(separator: "  ")
            return String(line[...(line.lastIndex { $0 != " " } ?? line.startIndex)])
        }.joined(separator: "\n")
    }
}
