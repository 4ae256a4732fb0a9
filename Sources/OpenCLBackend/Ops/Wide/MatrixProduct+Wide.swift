// The matrix product on CPU devices: both operands packed block by block, then a register tile at a time.

import GraphIR

/// The build constants of `wide/matrix_product.cl`.
private struct WideProductConstants: BuildConstants {
    let lanes: Int
    let tileRows: Int
    var depth = 384
}

extension Op.MatrixProduct {
    func wideLaunch(_ node: LoweredNode, _ sizes: Sizes, _ tile: RegisterTile) -> Launch {
        let constants = WideProductConstants(lanes: tile.lanes, tileRows: tile.rows)
        let (rows, columns, depth, batch) = (sizes.rows, sizes.columns, sizes.depth, sizes.batch)
        let block = Block(
            sizes, tileRows: constants.tileRows, panel: 2 * constants.lanes, computeUnits: node.target.computeUnits)
        let packedDepth = min(constants.depth, depth.roundedUp(to: constants.lanes))
        let packed = packedDepth * (block.columns + constants.tileRows) + constants.lanes
        let (left, right) = (
            transposeLeft ? (along: 1, deep: rows) : (along: depth, deep: 1),
            transposeRight ? (along: depth, deep: 1) : (along: 1, deep: columns)
        )
        let call = KernelCall(
            "wide/matrix_product", "matrix_product", prelude: constants.prelude,
            [
                .int32(rows), .int32(columns), .int32(depth), .uint64(left.along), .uint64(left.deep),
                .uint64(right.along), .uint64(right.deep), .int32(block.rows), .int32(block.columns),
                .input(node.inputs[0]), .input(node.inputs[1]), .scratch(0), .output(node.outputs[0]),
            ], global: [block.across, block.down, batch], local: [1, 1, 1], work: sizes.work)
        return node.launch(
            scratchBytes: [4 * packed * block.across * block.down * batch], calls: [.kernel(call)])
    }
}

/// The part of the result that one work-item computes.
private struct Block {
    private(set) var rows = 0
    private(set) var columns = 0
    /// How many of them cover the result's columns.
    private(set) var across = 0
    /// How many of them cover its rows.
    private(set) var down = 0

    /// The most columns that a block has: as many as a core's own cache holds packed, with room for what passes by.
    private static let mostColumns = 512
    /// Packing a float takes about as long as so many multiplications.
    private static let packing = 20

    /// Cuts the result into equal blocks of whole tiles in the way that takes the least time: many blocks share well
    /// among cores, few pack less often.
    init(_ sizes: Op.MatrixProduct.Sizes, tileRows: Int, panel: Int, computeUnits: Int) {
        let (tiles, panels) = (sizes.rows.divided(by: tileRows), sizes.columns.divided(by: panel))
        let (units, fewest) = (max(computeUnits, 1), panels.divided(by: Self.mostColumns / panel))
        var least = Int.max
        for wantedAcross in fewest...min(panels, fewest + 4 * units) {
            for wantedDown in 1...min(tiles, 4 * units) {
                let rows = tiles.divided(by: wantedDown) * tileRows
                let columns = panels.divided(by: wantedAcross) * panel
                let (down, across) = (sizes.rows.divided(by: rows), sizes.columns.divided(by: columns))
                let rounds = (across * down * sizes.batch).divided(by: units)
                // The last core to finish is late by a tenth of a block or more.
                let time = (rows * columns + Self.packing * (rows + columns)) * (10 * rounds + 1)
                if time < least {
                    least = time
                    (self.rows, self.columns, self.across, self.down) = (rows, columns, across, down)
                }
            }
        }
    }
}

extension Int {
    /// Rounded up.
    fileprivate func divided(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
