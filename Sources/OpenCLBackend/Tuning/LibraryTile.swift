// How CLBlast's matrix product is cut, where it is told to.

/// Parameters of CLBlast's product of large matrices: the tile of a work-group, its work-items, and how they share it.
public struct LibraryTile: Hashable, Sendable, CustomStringConvertible {
    /// GEMMK, KREG, KWG, KWI, MDIMA, MDIMC, MWG, NDIMB, NDIMC, NWG, SA, SB, STRM, STRN, VWM, VWN, as CLBlast's tuner names
    /// them.
    let parameters: [Int]

    /// Takes the 16 parameters in their order.
    package init(_ parameters: Int...) {
        precondition(parameters.count == 16, "LibraryTile: \(parameters)")
        self.parameters = parameters
    }

    /// `128x128x32/32x8`: rows, columns and depth of a tile, and the work-items that share it.
    public var description: String {
        "\(parameters[6])x\(parameters[9])x\(parameters[2])/\(parameters[5])x\(parameters[8])"
    }

    /// The work-items of the group.
    var items: Int { parameters[5] * parameters[8] }

    /// The `local` memory of the group.
    var localBytes: Int {
        4 * parameters[2] * (parameters[10] * parameters[6] + parameters[11] * parameters[9])
    }

    /// What CLBlast's own tuner found on large GPUs: a TITAN RTX, a T4, a TITAN X, a GTX 1080 Ti, Pascal in general, an
    /// A100, a V100, and a Radeon 6800 XT.
    static let large = [
        LibraryTile(0, 1, 32, 2, 8, 32, 128, 16, 8, 128, 1, 1, 1, 1, 2, 2),
        LibraryTile(0, 1, 16, 2, 16, 16, 128, 32, 16, 128, 1, 1, 1, 1, 1, 2),
        LibraryTile(0, 1, 16, 2, 8, 16, 128, 8, 8, 128, 1, 1, 1, 1, 4, 8),
        LibraryTile(0, 1, 16, 2, 32, 16, 64, 16, 8, 128, 1, 1, 0, 1, 2, 8),
        LibraryTile(0, 1, 32, 2, 16, 16, 64, 8, 8, 64, 1, 1, 0, 0, 4, 4),
        LibraryTile(0, 1, 32, 2, 8, 8, 32, 16, 16, 64, 1, 1, 0, 0, 4, 4),
        LibraryTile(0, 1, 32, 2, 16, 16, 64, 8, 8, 32, 1, 1, 0, 0, 4, 4),
        LibraryTile(0, 1, 16, 2, 8, 8, 128, 32, 8, 64, 1, 0, 1, 1, 4, 1),
    ]
}

extension Target {
    /// Whether a work-group can hold `tile`.
    func holds(_ tile: LibraryTile) -> Bool {
        tile.items <= maximumWorkGroup && tile.localBytes <= localMemoryBytes
    }
}
