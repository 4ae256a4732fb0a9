// SIGINT and SIGTERM: the first asks the running step to finish and to save, the second stops at once.

import Glibc
import Synchronization

/// The request of a person, or of the system, to stop.
package enum Interruption {
    private static let requested = Atomic<Bool>(false)

    /// Whether a signal has asked to stop.
    package static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// From now on the first SIGINT or SIGTERM only sets `isRequested` and says so.
    package static func listen() {
        // The flag exists before a handler can touch it: its lazy creation is no work for a handler.
        _ = isRequested
        signal(SIGINT, stop)
        signal(SIGTERM, stop)
    }

    /// Lets SIGINT and SIGTERM through, whatever the program was started with.
    static func unblock() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static let stop: @convention(c) (Int32) -> Void = { _ in
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        requested.store(true, ordering: .relaxed)
        let message: StaticString = "\ninterrupted: finishing the step and saving; once more stops at once\n"
        _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
    }
}
