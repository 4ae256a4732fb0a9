// A queue: commands for the device, run in the order in which they were put in.

package import COpenCL

/// An in-order command queue.
///
/// Unchecked: OpenCL's calls on a queue may come from any thread, and nothing here changes.
package final class Queue: @unchecked Sendable {
    /// The context whose device runs the commands.
    package let context: Context
    /// Whether events of this queue know their times.
    package let isProfiling: Bool
    /// The driver's handle, for calls in this package.
    package let handle: cl_command_queue

    /// Opens a queue; `profiling` lets `enqueue(profile: true)` and its like return events with times.
    package init(_ context: Context, profiling: Bool = false) throws(OpenCLError) {
        self.context = context
        isProfiling = profiling
        handle = try create("clCreateCommandQueue", during: "opening of a queue on \(context.device)") { status in
            let properties = cl_command_queue_properties(profiling ? CL_QUEUE_PROFILING_ENABLE : 0)
            return clCreateCommandQueue(context.handle, context.device.handle, properties, &status)
        }
        context.ledger.open(.queue)
    }

    deinit {
        clReleaseCommandQueue(handle)
        context.ledger.close(.queue)
    }

    /// Puts in a run of `kernel` over `global` work-items in one to three dimensions, in work-groups of `local`.
    ///
    /// Without `local` the driver cuts the work-groups. The arguments are those of this moment.
    /// - Returns: An event if `profile` is asked for.
    @discardableResult
    package func enqueue(
        _ kernel: Kernel, global: [Int], local: [Int]? = nil, offset: [Int]? = nil, profile: Bool = false
    ) throws(OpenCLError) -> Event? {
        precondition((1...3).contains(global.count), "\(kernel.name): global size \(global)")
        precondition(local == nil || local?.count == global.count, "\(kernel.name): local \(local!), global \(global)")
        precondition(offset == nil || offset?.count == global.count, "\(kernel.name): offset \(offset!)")
        kernel.checkArgumentsAreSet()
        return try command("clEnqueueNDRangeKernel", profile, during: "launch of \(kernel.name) over \(global)") {
            clEnqueueNDRangeKernel(handle, kernel.handle, cl_uint(global.count), offset, global, local, 0, nil, $0)
        }
    }

    /// Hands what was put in to the device, without waiting.
    package func flush() throws(OpenCLError) {
        try check("clFlush", during: "start of the queued commands") { clFlush(handle) }
    }

    /// Waits until all that was put in is done.
    package func finish(during intent: @autoclosure () -> String) throws(OpenCLError) {
        try check("clFinish", during: intent()) { clFinish(handle) }
    }

    /// Puts in a command that does nothing, and is done when all before it is.
    package func marker(during intent: @autoclosure () -> String) throws(OpenCLError) -> Event {
        try event("clEnqueueMarkerWithWaitList", during: intent()) { clEnqueueMarkerWithWaitList(handle, 0, nil, $0) }
    }

    /// Makes an enqueueing call, with an event if one is wanted; for calls of libraries that enqueue by themselves, too.
    package func command(
        _ call: StaticString, _ wantsEvent: Bool, during intent: @autoclosure () -> String,
        _ body: (UnsafeMutablePointer<cl_event?>?) -> cl_int
    ) throws(OpenCLError) -> Event? {
        guard wantsEvent else {
            try check(call, during: intent()) { body(nil) }
            return nil
        }
        return try event(call, during: intent(), body)
    }

    private func event(
        _ call: StaticString, during intent: @autoclosure () -> String,
        _ body: (UnsafeMutablePointer<cl_event?>?) -> cl_int
    ) throws(OpenCLError) -> Event {
        let event: cl_event = try create(call, during: intent()) { status in
            var event: cl_event?
            status = body(&event)
            return event
        }
        return Event(handle: event, of: self)
    }
}
