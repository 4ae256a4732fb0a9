// What all tiled products share: how a result is cut into tiles, and its depth into parts.

import TensorCore

/// The build constants of `tiled/multiply.h` and `tiled/tensor.h`.
private struct MultiplyConstants: BuildConstants {
    let groupRows: Int
    let groupColumns: Int
    let depth: Int
    let itemRows: Int
    let itemColumns: Int
    let precision: String
}

/// Results of `rows` by `columns`, `batch` of them, each element of which is a sum of `depth` products: how they are cut
/// into the tiles of work-groups.
struct TiledSum {
    /// The tile of a work-group.
    let tile: GroupTile
    /// The elements of all results.
    let count: Int
    /// How many parts the depth is cut into.
    let parts: Int
    /// The terms of a part, a multiple of the tile's depth.
    let span: Int
    private let first: Int
    private let tiles: Int
    private let batch: Int
    private let target: Target

    /// The fewest steps of a part: writing a sum and adding it up costs about as much as a few steps.
    private static let fewestSteps = 8
    /// The most bytes of all parts.
    private static let mostBytes = 64 << 20

    /// Cuts results into tiles of `tile`, or slim ones; unless the kernel sums the whole depth at once, into as few parts
    /// as keep the device busy, and few enough to be worth it. `first` elements of other results stand before these.
    init(
        rows: Int, columns: Int, depth: Int, batch: Int = 1, isWhole: Bool = false, after first: Int = 0,
        _ tile: GroupTile, on target: Target
    ) {
        let tile = target.tile(tile, forRows: rows, columns: columns)
        (self.tile, self.batch, self.first, self.target) = (tile, batch, first, target)
        tiles = (rows.roundedUp(to: tile.rows) / tile.rows) * (columns.roundedUp(to: tile.columns) / tile.columns)
        count = batch * rows * columns
        let wanted = target.busyGroups(of: tile) / (tiles * batch)
        let worthwhile = min(depth / (Self.fewestSteps * tile.depth), Self.mostBytes / (4 * count))
        let most = isWhole ? 1 : max(1, min(wanted, worthwhile))
        span = ((depth + most - 1) / most).roundedUp(to: tile.depth)
        parts = (depth + span - 1) / span
    }

    /// Whether a kernel writes the result, which it does from the start of a memory, and not parts of it.
    private var isDirect: Bool { parts == 1 && first == 0 }

    /// The scratch memory of a launch: the parts, where there are any.
    var scratchBytes: [Int] { isDirect ? [] : [4 * parts * count] }

    /// The constants with which a kernel file that includes `tiled/multiply.h` is built.
    var prelude: String { tile.multiplyPrelude(target.precision) }

    /// The calls of a kernel that makes `result`, or its parts in `scratch`, which are added up then.
    ///
    /// - Parameter arguments: all arguments of the kernel but the last, which is what it writes.
    func calls(
        _ source: KernelSource, _ function: String, prelude: String, _ arguments: [Argument], result: Memory,
        scratch: Memory, work: Work
    ) -> [Call] {
        let sum = KernelCall(
            source, function, prelude: self.prelude + prelude,
            arguments + [.memory(isDirect ? result : scratch)],
            global: [tile.items * tiles, parts, batch], local: [tile.items, 1, 1], work: work)
        if isDirect { return [.kernel(sum)] }
        let add = KernelCall(addingParts: parts, of: count, from: scratch, to: result, at: first, on: target)
        return [.kernel(sum), .kernel(add)]
    }
}

extension GroupTile {
    /// The constants with which a kernel file that includes `tiled/multiply.h` is built for this tile.
    func multiplyPrelude(_ precision: Precision = .float32) -> String {
        MultiplyConstants(
            groupRows: rows, groupColumns: columns, depth: depth, itemRows: itemRows, itemColumns: itemColumns,
            precision: precision.rawValue.uppercased()
        ).prelude
    }
}

extension Int {
    /// 1 where lines of so many floats are read by vectors of four, else 0.
    var isWide: Int { isMultiple(of: 4) ? 1 : 0 }
}
