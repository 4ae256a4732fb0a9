// What the host does for a run, and when.

import Dispatch

/// One piece of the host's work for a run.
public struct HostWork: Hashable, Sendable {
    /// What is done; the words that a timeline shows.
    public enum Kind: String, Sendable {
        /// Getting the pairs of a step, as far as they are not made beforehand.
        case batch
        /// Putting a step in.
        case putIn = "put in"
        /// Waiting for a step and reading its losses.
        case readMetrics = "read metrics"
        /// Judging the features.
        case evaluate
        /// Writing a checkpoint.
        case save
    }

    /// What is done.
    public let kind: Kind
    /// The step for which, or after which; 0 before the first.
    public let step: Int
    /// From when to when, in nanoseconds of the clock of `DispatchTime`.
    public let times: Range<UInt64>

    /// Does `body` for `step`, and notes its time.
    public static func timing<Result, Failure: Error>(
        _ kind: Kind, step: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> (Result, HostWork) {
        let begin = DispatchTime.now().uptimeNanoseconds
        let result = try body()
        return (result, HostWork(kind: kind, step: step, times: begin..<DispatchTime.now().uptimeNanoseconds))
    }
}
