// Launch geometry: how many work-items, in which work-groups.

/// The work-items of a call and their work-groups.
struct Geometry {
    let global: [Int]
    let local: [Int]

    /// At least `extents` work-items, `width` of the first dimension to a group where there are so many.
    private init(_ extents: [Int], local: [Int]) {
        self.local = local
        global = zip(extents, local).map { $0.roundedUp(to: $1) }
    }

    /// A work-item for each of `count`, rounded up to whole groups.
    static func row(_ count: Int, on target: Target) -> Geometry {
        precondition(count < 1 << 32, "Geometry: \(count) work-items")
        return Geometry([count], local: [target.groupSize])
    }

    /// A work-item for each pair, the first dimension being the one that neighbours in memory share.
    static func grid(_ width: Int, _ height: Int, on target: Target) -> Geometry {
        let size = min(target.groupSize, 64)
        var columns = 1
        while columns < size && columns < width { columns *= 2 }
        var rows = 1
        while columns * rows < size && rows < height { rows *= 2 }
        return Geometry([width, height], local: [columns, rows])
    }

    /// As `grid`, for each of `depth` planes.
    static func grid(_ width: Int, _ height: Int, _ depth: Int, on target: Target) -> Geometry {
        let plane = grid(width, height, on: target)
        return Geometry([width, height, depth], local: plane.local + [1])
    }
}

extension Target {
    /// The size of a work-group along one dimension.
    var groupSize: Int {
        let wanted =
            switch kind {
            case .cpu, .gpu: 256
            case .simulator: 64
            }
        return min(wanted, max(maximumWorkGroup, 1))
    }

    /// How many work-items of a CPU shape there are: a few per core, so that none waits long for the last.
    var wideItems: Int { max(computeUnits, 1) * 4 }

    /// The vector width of CPU shapes, 4, 8 or 16.
    var wideLanes: Int { lanes >= 16 ? 16 : lanes >= 8 ? 8 : 4 }

    /// How many work-groups of `tile` keep every multiprocessor busy: as many as its registers hold, 32 for each of 2048
    /// work-items. Sums of 4 by 4, with their factors and addresses, are taken to need 64, and those of 8 by 8, 128.
    func busyGroups(of tile: GroupTile) -> Int {
        max(computeUnits, 1) * max(2048 / (tile.items * max(tile.itemRows / 2, 1)), 1)
    }

    /// Cuts `count` lines, each with `bytes` of scratch memory, into as few chunks as `chunkBytes` has room for: of one size,
    /// a multiple of `step`, but for the last.
    func chunks(of count: Int, bytes: Int, multiplesOf step: Int) -> [Range<Int>] {
        let most = max(1, chunkBytes / (bytes * step)) * step
        let chunks = (count + most - 1) / most
        let size = ((count + chunks - 1) / chunks).roundedUp(to: step)
        return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
    }

    /// How many work-items keep every core or multiprocessor busy.
    var busyWorkItems: Int {
        switch kind {
        case .cpu: computeUnits * 16
        case .gpu: computeUnits * 2048
        case .simulator: 64
        }
    }
}

/// How the pieces of a batch are shared among the few work-items of a CPU shape.
struct Share {
    /// The views, each of which has work-items of its own.
    let views: Int
    /// The work-items of a view.
    let items: Int
    /// The pieces of a work-item.
    let span: Int

    /// Shares `count` pieces of `views` views in spans of a multiple of `unit`.
    init(_ count: Int, views: Int, unit: Int, on target: Target) {
        let (pieces, wanted) = (count / views, max(1, target.wideItems / views))
        self.views = views
        span = ((pieces + wanted - 1) / wanted).roundedUp(to: unit)
        items = (pieces + span - 1) / span
    }
}

extension KernelCall {
    /// A launch of `function` of the file `source` over `geometry`.
    init(
        _ source: KernelSource, _ function: String, prelude: String = "", _ arguments: [Argument], _ geometry: Geometry,
        work: Work = Work()
    ) {
        self.init(
            source, function, prelude: prelude, arguments, global: geometry.global, local: geometry.local, work: work)
    }
}
