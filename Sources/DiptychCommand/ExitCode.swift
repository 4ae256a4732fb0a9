// How the program ends: one number for each kind of outcome, relied on by scripts.

/// The exit status of the program.
package enum ExitCode: Int32, Sendable {
    /// Everything was done.
    case done = 0
    /// Something failed while running.
    case failed = 1
    /// The command line is wrong.
    case usage = 2
    /// An input file is missing, damaged or of the wrong kind.
    case badInput = 65
    /// No such device.
    case noDevice = 69
    /// An output cannot be created, or exists already.
    case cannotCreate = 73
    /// Reading or writing failed: a full disk, a vanished folder.
    case inputOutput = 74
    /// Interrupted, and saved: run again to resume.
    case interrupted = 75
}
