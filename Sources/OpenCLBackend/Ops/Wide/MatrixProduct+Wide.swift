// The matrix product on CPU devices: operands packed into panels, then a register tile at a time.

import GraphIR

/// The build constants of `wide/matrix_product.cl`.
private struct WideProductConstants: BuildConstants {
    let lanes: Int
    let tileRows: Int
}

extension Op.MatrixProduct {
    func wideLaunch(_ node: LoweredNode, _ sizes: Sizes, _ tile: RegisterTile) -> Launch {
        let constants = WideProductConstants(lanes: tile.lanes, tileRows: tile.rows)
        let panel = 2 * constants.lanes
        let (rows, columns, depth, batch) = (sizes.rows, sizes.columns, sizes.depth, sizes.batch)
        let (tiles, panels) = (
            rows.roundedUp(to: constants.tileRows) / constants.tileRows, columns.roundedUp(to: panel) / panel
        )
        let padded = depth.roundedUp(to: constants.lanes)
        let block = Block(sizes, constants.tileRows, panel, wanted: node.target.wideItems)
        func call(_ function: String, _ arguments: [Argument], _ global: [Int], _ work: Work = Work()) -> Call {
            .kernel(
                KernelCall(
                    "wide/matrix_product", function, prelude: constants.prelude, arguments, global: global,
                    local: [1, 1, 1], work: work))
        }
        return node.launch(
            scratchBytes: [
                4 * batch * tiles * constants.tileRows * padded, 4 * batch * panels * panel * padded,
            ],
            calls: [
                call(
                    "matrix_product_pack_left",
                    [
                        .int32(rows), .int32(depth), .int32(transposeLeft ? 1 : 0),
                        .int32(transposeLeft ? rows : depth),
                        .uint64(rows * depth), .input(node.inputs[0]), .scratch(0),
                    ], [tiles, 1, batch]),
                call(
                    "matrix_product_pack_right",
                    [
                        .int32(columns), .int32(depth), .int32(transposeRight ? 1 : 0),
                        .int32(transposeRight ? depth : columns), .uint64(depth * columns), .input(node.inputs[1]),
                        .scratch(1),
                    ], [panels, 1, batch]),
                call(
                    "matrix_product_multiply",
                    [
                        .int32(rows), .int32(columns), .int32(depth), .int32(block.rows), .int32(block.columns),
                        .uint64(rows * columns), .scratch(0), .scratch(1), .output(node.outputs[0]),
                    ], [block.down, block.across, batch], sizes.work),
            ])
    }

    /// The part of the result that one work-item computes.
    private struct Block {
        var rows: Int
        var columns: Int
        let sizes: Sizes

        /// Blocks of whole tiles, large ones where that leaves `wanted` of them.
        init(_ sizes: Sizes, _ tileRows: Int, _ panel: Int, wanted: Int) {
            self.sizes = sizes
            rows = min(240 / tileRows * tileRows, sizes.rows.roundedUp(to: tileRows))
            columns = min(512, sizes.columns.roundedUp(to: panel))
            while down * across * sizes.batch < wanted && (rows > tileRows || columns > panel) {
                if columns > rows && columns > panel || rows == tileRows {
                    columns = (columns / 2).roundedUp(to: panel)
                } else {
                    rows = (rows / 2).roundedUp(to: tileRows)
                }
            }
        }

        var down: Int { (sizes.rows + rows - 1) / rows }
        var across: Int { (sizes.columns + columns - 1) / columns }
    }
}
