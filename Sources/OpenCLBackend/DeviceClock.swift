// The device's clock beside the host's.

import Dispatch
import OpenCLRuntime

extension OpenCLBackend {
    /// What to add to a time of the device's clock, in nanoseconds, to have that of `DispatchTime`.
    ///
    /// A few bytes are filled, and waited for: the fill ends on the device between two looks at the host's clock. Of
    /// several such fills the one between the closest looks counts, and its end is taken to lie in the middle. The clocks
    /// are not compared again: what they drift apart later is not made good.
    /// - Throws: `OpenCLBackendError.driver` when the device fails, or has no times because `OpenCLOptions.profiling` was
    ///   not chosen.
    public func clockOffset() throws(OpenCLBackendError) -> Int {
        do throws(OpenCLError) {
            let queue = session.queue
            let bytes = try Buffer(on: queue, byteCount: 16, label: "bytes for the comparison of clocks")
            try queue.finish(during: "the comparison of clocks")
            var (offset, closest) = (0, Int.max)
            for _ in 0..<16 {
                let before = Int(DispatchTime.now().uptimeNanoseconds)
                let event = try queue.fill(bytes, with: 0, profile: true, during: "the comparison of clocks")
                try queue.finish(during: "the comparison of clocks")
                let width = Int(DispatchTime.now().uptimeNanoseconds) - before
                guard let event, width < closest else { continue }
                (offset, closest) = (before + width / 2 - Int(try event.times().end), width)
            }
            return offset
        } catch {
            throw OpenCLBackendError(error)
        }
    }
}
