// The cross-check: every sample on one backend, held against another, which defines what is right.

public import Execution
public import TensorCore

/// Holds a backend against the reference, sample by sample.
public enum CrossCheck {
    /// What became of one sample.
    public struct Row: Sendable, CustomStringConvertible {
        /// How a sample may end.
        public enum Outcome: Sendable {
            /// Every result agrees.
            case agrees
            /// A result differs; `name` is the first one that does.
            case differs(name: String, Comparison)
            /// One of the backends could not run it.
            case failed(ExecutionError)
        }
        /// The operation.
        public let operation: String
        /// The name of the sample.
        public let sample: String
        /// How it ended.
        public let outcome: Outcome
        /// The largest relative error of a result, in the Euclidean norm.
        public let relativeError: Double

        /// Whether every result agrees.
        public var agrees: Bool {
            switch outcome {
            case .agrees: true
            case .differs, .failed: false
            }
        }

        /// The row as one line of facts.
        public var description: String {
            switch outcome {
            case .agrees: "\(sample): agrees, relative error \(relativeError)"
            case .differs(let name, let comparison): "\(sample): '\(name)': \(comparison)"
            case .failed(let error): "\(sample): \(error)"
            }
        }
    }

    /// Runs `samples` with the numbers of `variant` on `backend` and on `reference`, in order; `report` is called with
    /// each row as it is known.
    public static func run(
        _ samples: [OperationSample] = OperationSample.all, variant: UInt64 = 0, on backend: some Backend,
        against reference: some Backend, report: (Row) -> Void = { _ in }
    ) -> [Row] {
        samples.map { sample in
            let row = check(sample, variant: variant, on: backend, against: reference)
            report(row)
            return row
        }
    }

    /// Runs one sample on both backends and compares all its results.
    public static func check(
        _ sample: OperationSample, variant: UInt64 = 0, on backend: some Backend, against reference: some Backend
    ) -> Row {
        do throws(ExecutionError) {
            return compare(
                try sample.results(on: backend, variant: variant), try sample.results(on: reference, variant: variant),
                of: sample, at: backend.precision)
        } catch {
            return Row(operation: sample.operation, sample: sample.name, outcome: .failed(error), relativeError: .nan)
        }
    }

    /// Holds what was `computed` for `sample`, products at `precision`, against what is `expected`.
    public static func compare(
        _ computed: [String: Tensor], _ expected: [String: Tensor], of sample: OperationSample,
        at precision: Precision = .float32
    ) -> Row {
        let tolerance = sample.tolerance(at: precision)
        var outcome = Row.Outcome.agrees
        var relativeError = 0.0
        for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            guard let tensor = computed[name], tensor.type == wanted.type else {
                let found = computed[name].map { "is \($0.type)" } ?? "is missing"
                outcome = .failed(.device("the result '\(name)' \(found), expected \(wanted.type)"))
                break
            }
            let comparison = tensor.compared(to: wanted, within: tolerance)
            relativeError = max(relativeError, comparison.relativeError)
            if case .agrees = outcome, !comparison.agrees { outcome = .differs(name: name, comparison) }
        }
        return Row(
            operation: sample.operation, sample: sample.name, outcome: outcome, relativeError: relativeError)
    }
}
