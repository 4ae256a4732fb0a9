// The matrix product by CLBlast.

import CCLBlast
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

    /// CLBlast's cache of kernels is not safe from several threads at once.
    private static let lock = Mutex(())

    /// Puts the product in; returns an event if one is wanted.
    func enqueue(on queue: Queue, profile: Bool) throws(OpenCLError) -> Event? {
        let (m, n, k) = (sizes.rows, sizes.columns, sizes.depth)
        let transposition = { (isTransposed: Bool) in isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo }
        return try queue.command(
            "CLBlastSgemmStridedBatched", profile, during: "matrix product [\(m), \(k)] by [\(k), \(n)]"
        ) { event in
            Self.lock.withLock { _ in
                var handle: cl_command_queue? = queue.handle
                let status = CLBlastSgemmStridedBatched(
                    CLBlastLayoutRowMajor, transposition(op.transposeLeft), transposition(op.transposeRight), m, n, k,
                    1, left.handle, 0, op.transposeLeft ? m : k, m * k, right.handle, 0, op.transposeRight ? k : n,
                    k * n, 0, result.handle, 0, n, m * n, sizes.batch, &handle, event)
                return Int32(status.rawValue)
            }
        }
    }
}
