// How work-groups share the rows and columns of a matrix, for the kernels of `tiled/columns.h`.

/// The build constants of `tiled/columns.h`, and of `tiled/logsumexp.cl`, which has no lanes.
struct GroupConstants: BuildConstants {
    let rows: Int
    let columns: Int
    let lanes: Int

    init(_ group: GroupTile, lanes: Int = 1) {
        (rows, columns, self.lanes) = (group.rows, group.columns, lanes)
    }
}

/// A matrix whose columns lie side by side, or one for each view: work-groups stand side by side over its columns, and
/// share its rows in parts.
struct TiledColumns {
    let rows: Int
    let columns: Int
    let views: Int
    /// The rows of a part that is summed: as few as keep the device busy.
    let span: Int
    private let group: GroupTile
    private let lanes: Int

    init(rows: Int, columns: Int, views: Int = 1, _ tile: GroupTile, on target: Target) {
        (self.rows, self.columns, self.views) = (rows, columns, views)
        lanes = columns.powerOfTwoDivisor(atMost: 4)
        group = tile.fitted(to: rows, by: columns / lanes)
        let wide = (columns / lanes).roundedUp(to: group.columns) / group.columns
        let wanted = max(1, target.busyGroups(of: group) / (wide * views))
        span = ((rows + wanted - 1) / wanted).roundedUp(to: group.rows)
    }

    /// The parts of a view whose rows are summed.
    var parts: Int { (rows + span - 1) / span }

    /// The rows of a part that is only mapped.
    var mapSpan: Int { 8 * group.rows }

    /// The bytes of `count` numbers for each column of every view.
    func bytes(_ count: Int) -> Int { 4 * views * columns * count }

    /// A call with a work-group for each part of `span` rows of every view, or of all `views` together.
    func call(
        _ file: KernelSource, _ function: String, prelude: String = "", _ arguments: [Argument], span: Int,
        views: Int? = nil, _ work: Work = Work()
    ) -> Call {
        .kernel(
            KernelCall(
                file, function, prelude: GroupConstants(group, lanes: lanes).prelude + prelude, arguments,
                global: [
                    (columns / lanes).roundedUp(to: group.columns), (rows + span - 1) / span * group.rows,
                    views ?? self.views,
                ], local: [group.columns, group.rows, 1], work: work))
    }
}
