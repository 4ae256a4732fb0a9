// What a work-group of a tiled kernel computes together.

import TensorCore

/// The part of a result that one work-group makes: `rows` by `columns` of it, of which each work-item makes `itemRows` by
/// `itemColumns`. A product brings `depth` terms at a time into `local` memory, and the next while these are summed; a
/// kernel that multiplies nothing has the depth 0.
public struct GroupTile: Hashable, Sendable, CustomStringConvertible {
    /// The rows of the result.
    public let rows: Int
    /// The columns of the result.
    public let columns: Int
    /// The terms that lie in `local` memory at a time.
    public let depth: Int
    /// The rows of a work-item.
    public let itemRows: Int
    /// The columns of a work-item.
    public let itemColumns: Int

    /// Makes the tile of a product, `rows` by `columns` in steps of `depth`.
    public init(_ rows: Int, by columns: Int, depth: Int, items itemRows: Int, by itemColumns: Int) {
        (self.rows, self.columns, self.depth) = (rows, columns, depth)
        (self.itemRows, self.itemColumns) = (itemRows, itemColumns)
    }

    /// Makes the tile of a kernel with a work-item for each of `rows` by `columns`.
    public init(_ rows: Int, by columns: Int) {
        self.init(rows, by: columns, depth: 0, items: 1, by: 1)
    }

    /// `64x64x16/4x4`, or `8x32`.
    public var description: String {
        depth == 0 ? "\(rows)x\(columns)" : "\(rows)x\(columns)x\(depth)/\(itemRows)x\(itemColumns)"
    }

    /// The work-items of the group.
    public var items: Int { rows / itemRows * (columns / itemColumns) }

    /// The `local` memory of the group: two steps of both factors, or for each work-item two vectors of four numbers, and a
    /// count.
    public var localBytes: Int { depth == 0 ? 36 * rows * columns : 8 * (rows + columns + 2 * Self.gap) * depth }

    /// The floats between two lines of a factor in `local` memory, which spread them over its banks.
    private static let gap = 4

    /// Whether warps of 32 work-items can share the tile as `Kernels/tiled/tensor.h` wants it: eight by four of them, in
    /// steps of eight words that hold one factor in tf32 and two in bf16.
    func suitsTensorCores(_ precision: Precision) -> Bool {
        rows % 32 == 0 && columns % 32 == 0 && rows / itemRows % 8 == 0 && columns / itemColumns % 4 == 0
            && depth % (precision == .bf16 ? 16 : 8) == 0
    }

    /// Tiles of products, the one for unknown devices first.
    static let products = [
        GroupTile(64, by: 64, depth: 16, items: 4, by: 4), GroupTile(128, by: 128, depth: 16, items: 8, by: 8),
        GroupTile(128, by: 128, depth: 8, items: 8, by: 8), GroupTile(32, by: 32, depth: 8, items: 4, by: 4),
    ]
    /// Tiles of products with so few rows, or columns, that most of another tile would be idle.
    static let low = GroupTile(16, by: 64, depth: 16, items: 4, by: 4)
    static let narrow = GroupTile(64, by: 16, depth: 16, items: 4, by: 4)
    /// Tiles of kernels that sum over rows or pass over them, the one for unknown devices first.
    static let streams = [GroupTile(16, by: 16), GroupTile(8, by: 32), GroupTile(8, by: 8)]

    /// As many work-items for a matrix of `rows` by `columns`: where it has fewer of the one, more stand along the other.
    package func fitted(to rows: Int, by columns: Int) -> GroupTile {
        var (height, width) = (self.rows, self.columns)
        while width >= 2 * columns { (height, width) = (2 * height, width / 2) }
        while height >= 2 * rows && width < columns { (height, width) = (height / 2, 2 * width) }
        return GroupTile(height, by: width)
    }
}

extension Target {
    /// Whether a work-group can hold `tile`.
    package func holds(_ tile: GroupTile) -> Bool {
        tile.items <= maximumWorkGroup && tile.localBytes <= localMemoryBytes
    }

    /// Whether a work-group can hold `tile`, and tensor cores can take it where they are to multiply.
    func serves(_ tile: GroupTile) -> Bool {
        holds(tile) && (precision == .float32 || tile.suitsTensorCores(precision))
    }

    /// The tile of `tiles`, which serve, that is shipped for a result of the shape `result`.
    ///
    /// That is the first, unless there is one whose work-items make 8 by 8 sums, which takes half the reads of `local` memory
    /// for a product: four times four floats for 64, where 4 by 4 sums take twice four for 16. It needs a result that it cuts
    /// into as many groups as keep the device busy, and of which it leaves no more than an eighth more outside. A depth that
    /// could be cut into parts does not count: each part is written and added.
    func shippedTile(of tiles: [GroupTile], for result: Shape?) -> GroupTile? {
        guard let first = tiles.first, let large = tiles.first(where: { $0.itemRows > first.itemRows }),
            let result, result.rank >= 2
        else { return tiles.first }
        let (matrix, batch) = result.rank == 3 ? (result[1], result[0]) : (result.count / result[result.rank - 1], 1)
        func area(_ tile: GroupTile) -> Int {
            batch * matrix.roundedUp(to: tile.rows) * result[result.rank - 1].roundedUp(to: tile.columns)
        }
        let groups = area(large) / (large.rows * large.columns)
        return groups >= busyGroups(of: large) && 8 * area(large) <= 9 * area(first) ? large : first
    }

    /// The tile for a product of `rows` by `columns` where `tile` is chosen.
    func tile(_ tile: GroupTile, forRows rows: Int, columns: Int) -> GroupTile {
        let slim: GroupTile = rows <= GroupTile.low.rows ? .low : columns <= GroupTile.narrow.columns ? .narrow : tile
        return serves(slim) ? slim : tile
    }
}
