// The matrix product by CLBlast.

import CCLBlast
import CCLBlastParameters
import GraphIR
import OpenCLRuntime
import Synchronization

/// A matrix product with its memory, ready to be enqueued.
struct LibraryProduct {
    let left: Buffer
    let right: Buffer
    let result: Buffer
    let op: Op.MatrixProduct
    let sizes: Op.MatrixProduct.Sizes
    let tile: LibraryTile?

    /// The tiles that CLBlast was told to use last, by device. Its cache of kernels, and these, are not safe from several
    /// threads at once.
    private static let tiles = Mutex<[UInt: LibraryTile]>([:])

    /// Puts the product in; returns its events if they are wanted.
    ///
    /// CLBlast's event is that of its last kernel; those that copy and pad come before it.
    func enqueue(on queue: Queue, profile: Bool) throws(OpenCLError) -> EventSpan? {
        let (m, n, k) = (sizes.rows, sizes.columns, sizes.depth)
        let marker = profile ? try queue.marker(during: "start of a matrix product") : nil
        let transposition = { (isTransposed: Bool) in isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo }
        let last = try queue.command(
            "CLBlastSgemmStridedBatched", profile, during: "matrix product [\(m), \(k)] by [\(k), \(n)]"
        ) { event in
            Self.tiles.withLock { tiles in
                let failure = setTile(on: queue.context.device, &tiles)
                if failure != 0 { return failure }
                var handle: cl_command_queue? = queue.handle
                let status = CLBlastSgemmStridedBatched(
                    CLBlastLayoutRowMajor, transposition(op.transposeLeft), transposition(op.transposeRight), m, n, k,
                    1, left.handle, 0, op.transposeLeft ? m : k, m * k, right.handle, 0, op.transposeRight ? k : n,
                    k * n, 0, result.handle, 0, n, m * n, sizes.batch, &handle, event)
                return Int32(status.rawValue)
            }
        }
        return last.map { EventSpan(after: marker, to: $0) }
    }

    /// Tells CLBlast the tile, unless it knows; returns its status. What it has compiled for another tile it keeps.
    private func setTile(on device: Device, _ tiles: inout [UInt: LibraryTile]) -> Int32 {
        let key = UInt(bitPattern: device.handle)
        guard tiles[key] != tile else { return 0 }
        let status =
            if let tile {
                clblast_set_product_parameters(device.handle, tile.parameters)
            } else {
                clblast_set_product_parameters(device.handle, nil)
            }
        if status == 0 { tiles[key] = tile }
        return status
    }
}
