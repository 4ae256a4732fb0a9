// Which exit status an error of each room means.

import Diptych

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
            case let error as DatasetError: ExitCode(for: error)
            case let error as ImagingError: ExitCode(for: error)
            case let error as OpenCLBackendError: ExitCode(for: error)
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
            case .execution, .notFinite, .diverged: .failed
            case .givenViews: .usage
            case .file(let error): ExitCode(for: error)
            case .checkpoint: .badInput
            }
    }

    private init(for error: DatasetError) {
        self =
            switch error {
            case .unknownSource, .tooFewItems: .usage
            case .cannotRead, .missingSplit, .badArchive, .unexpectedEntry, .badDrawing, .wrongDrawers, .noImages:
                .badInput
            case .badImage(let error): ExitCode(for: error)
            case .badPairs(let error), .wrongFile(let error): ExitCode(for: error)
            case .transferFailed, .writeFailed: .inputOutput
            case .wrongContent: .failed
            case .cannotCreate: .cannotCreate
            }
    }

    private init(for error: ImagingError) {
        self =
            switch error {
            case .cannotRead, .unknownFormat, .unsupported, .corrupt, .tooLarge: .badInput
            case .cannotEncode: .failed
            }
    }

    private init(for error: OpenCLBackendError) {
        self =
            switch error {
            case .noDevice, .precision: .noDevice
            case .cacheFolder: .cannotCreate
            case .kernelFolder: .badInput
            case .driver: .failed
            }
    }
}
