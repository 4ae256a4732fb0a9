// Which exit status an error of each room means.

import Configuration
import TensorFiles
import Training

extension ExitCode {
    /// The exit status for an error that reached the command line.
    package init(for error: any Error) {
        self =
            switch error {
            case is UsageError: .usage
            case let error as ConfigurationError: error.liesInFile ? .badInput : .usage
            case let error as StandardOutput.WriteError: error.readerIsGone ? .done : .inputOutput
            case let error as TensorFileError: ExitCode(for: error)
            case let error as TrainingError: ExitCode(for: error)
            default: .failed
            }
    }

    private init(for error: TensorFileError) {
        self =
            switch error {
            case .cannotOpen, .malformed, .badTensor: .badInput
            case .cannotCreate: .cannotCreate
            case .readFailed, .writeFailed: .inputOutput
            }
    }

    private init(for error: TrainingError) {
        self =
            switch error {
            case .execution, .notFinite: .failed
            case .file(let error): ExitCode(for: error)
            case .checkpoint: .badInput
            }
    }
}
