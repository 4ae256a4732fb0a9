// What can go wrong in a training run, as facts.

public import Execution
public import TensorFiles

/// Why a training run stopped.
public enum TrainingError: Error, CustomStringConvertible {
    /// The backend failed.
    case execution(ExecutionError)
    /// The device is to make the views, and the data consists of views.
    case givenViews
    /// A term of the loss is infinite or no number.
    case notFinite(step: Int, term: String, value: Float)
    /// A weight, a running statistic or a moment is infinite or no number after a step.
    case diverged(step: Int, variable: String, value: Float)
    /// A file of the run cannot be read or written.
    case file(TensorFileError)
    /// A checkpoint is whole but does not belong to this run.
    case checkpoint(path: String, reason: String)

    /// One line of facts.
    public var description: String {
        switch self {
        case .execution(let error): error.description
        case .givenViews: "data.placement is device, and the views of this data are made already; set auto or host"
        case .notFinite(let step, let term, let value):
            "the term '\(term)' of the loss is \(value) at step \(step): \(Self.advice)"
        case .diverged(let step, let variable, let value):
            "'\(variable)' holds \(value) after step \(step), which is not saved: \(Self.advice)"
        case .file(let error): error.description
        case .checkpoint(let path, let reason): "\(path): \(reason)"
        }
    }
}

extension TrainingError {
    /// A run keeps its configuration, so another step size is another run.
    private static let advice =
        "a new run (another --out) with a smaller optimizer.learningRate may help, with --init from an earlier checkpoint "
        + "on; `diptych check` tells whether the device computes right"
}

/// Runs `body`, whose errors become those of this room.
func executing<Result>(_ body: () throws(ExecutionError) -> Result) throws(TrainingError) -> Result {
    do {
        return try body()
    } catch {
        throw .execution(error)
    }
}
