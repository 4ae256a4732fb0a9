// Host memory from and to which the device copies while the host goes on.

import COpenCL

/// Host memory that the driver has made: pinned, where that lets the device reach it without the host.
///
/// Unchecked: nothing here changes; the order of reads and writes of its bytes is for its user to keep.
package final class StagingMemory: @unchecked Sendable {
    /// A queue of its own: mapping on one that has work would wait for it.
    private let queue: Queue
    private let handle: cl_mem
    private let mapped: UnsafeMutableRawBufferPointer

    /// Makes memory of `byteCount` bytes, at least one.
    package init(in context: Context, byteCount: Int) throws(OpenCLError) {
        precondition(byteCount > 0, "StagingMemory of \(byteCount) bytes")
        let queue = try Queue(context)
        let handle = try create("clCreateBuffer", during: "allocation of \(byteCount) bytes on the host") { status in
            clCreateBuffer(
                context.handle, cl_mem_flags(CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR), byteCount, nil, &status)
        }
        // Everything that can throw stands before the handle has its owner, so it is released by hand.
        do throws(OpenCLError) {
            let address = try create("clEnqueueMapBuffer", during: "mapping of memory on the host") { status in
                clEnqueueMapBuffer(
                    queue.handle, handle, cl_bool(1), cl_map_flags(CL_MAP_READ | CL_MAP_WRITE), 0, byteCount, 0, nil,
                    nil, &status)
            }
            mapped = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
        } catch {
            clReleaseMemObject(handle)
            throw error
        }
        (self.queue, self.handle) = (queue, handle)
        context.ledger.open(.buffer, bytes: byteCount)
    }

    deinit {
        clEnqueueUnmapMemObject(queue.handle, handle, mapped.baseAddress!, 0, nil, nil)
        clFinish(queue.handle)
        clReleaseMemObject(handle)
        queue.context.ledger.close(.buffer, bytes: mapped.count)
    }

    /// Part of the memory.
    package func bytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= mapped.count, "StagingMemory: \(range) of \(mapped.count)")
        return UnsafeMutableRawBufferPointer(rebasing: mapped[range])
    }
}
