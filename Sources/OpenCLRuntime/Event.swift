// An event: one command's progress and, on a profiling queue, its times.

package import COpenCL

/// When a command was put in, handed over, begun and ended, in the device's nanoseconds.
package struct EventTimes: Hashable, Sendable {
    package let queued: UInt64
    package let submitted: UInt64
    package let start: UInt64
    package let end: UInt64

    /// How long the command ran, in seconds.
    package var seconds: Double { Double(max(start, end) - start) * 1e-9 }

    /// Makes the times of a command.
    package init(queued: UInt64, submitted: UInt64, start: UInt64, end: UInt64) {
        (self.queued, self.submitted, self.start, self.end) = (queued, submitted, start, end)
    }
}

/// The events of commands that are timed as one: those between a marker and the last of them, or that one alone.
package struct EventSpan: Sendable {
    private let marker: Event?
    private let last: Event

    /// The commands after `marker`, or where there is none only the last, up to the end of `last`.
    package init(after marker: Event? = nil, to last: Event) {
        (self.marker, self.last) = (marker, last)
    }

    /// From when to when they ran, in the device's nanoseconds.
    package func times() throws(OpenCLError) -> Range<UInt64> {
        Self.times(of: try last.times(), after: try? marker?.times().end)
    }

    /// The time of commands whose last ran at `last`, behind a marker that ended at `marker`.
    ///
    /// Some drivers have no time for a marker, or 0, or one after what follows it: then the last command alone counts.
    package static func times(of last: EventTimes, after marker: UInt64?) -> Range<UInt64> {
        let start = marker.flatMap { (1...max(last.start, 1)).contains($0) ? $0 : nil } ?? last.start
        return start..<max(start, last.end)
    }
}

/// The completion of one command.
///
/// Unchecked: OpenCL's calls on an event may come from any thread, and nothing here changes.
package final class Event: @unchecked Sendable {
    private let queue: Queue
    /// The driver's handle, for calls in this package.
    package let handle: cl_event

    /// Takes over an event that the driver has just made.
    init(handle: cl_event, of queue: Queue) {
        self.handle = handle
        self.queue = queue
        queue.context.ledger.open(.event)
    }

    deinit {
        clReleaseEvent(handle)
        queue.context.ledger.close(.event)
    }

    /// Waits until the command is done.
    package func wait(during intent: @autoclosure () -> String) throws(OpenCLError) {
        try check("clWaitForEvents", during: intent()) {
            var event: cl_event? = handle
            return clWaitForEvents(1, &event)
        }
    }

    /// The times of a finished command.
    ///
    /// - Throws: `callFailed` with `CL_PROFILING_INFO_NOT_AVAILABLE` unless the queue profiles and the command is done.
    package func times() throws(OpenCLError) -> EventTimes {
        // Not every driver says so by itself.
        guard queue.isProfiling else {
            throw .callFailed(
                call: "clGetEventProfilingInfo", status: CL_PROFILING_INFO_NOT_AVAILABLE,
                intent: "query of the times of a command")
        }
        return EventTimes(
            queued: try time(CL_PROFILING_COMMAND_QUEUED), submitted: try time(CL_PROFILING_COMMAND_SUBMIT),
            start: try time(CL_PROFILING_COMMAND_START), end: try time(CL_PROFILING_COMMAND_END))
    }

    private func time(_ moment: Int32) throws(OpenCLError) -> UInt64 {
        try queryValue("clGetEventProfilingInfo", of: "the times of a command", initial: cl_ulong(0)) {
            clGetEventProfilingInfo(handle, cl_profiling_info(moment), $0, $1, $2)
        }
    }
}
