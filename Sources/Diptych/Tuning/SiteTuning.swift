// What the measurements said of one site, and what follows from them.

public import OpenCLBackend

/// The candidates for one node, or for some that one kernel may serve together, measured.
public struct SiteTuning: Sendable {
    /// The operation's name.
    public let operation: String
    /// Its name in tuning tables: operation, shapes and attributes.
    public let key: String
    /// What became of each candidate; the shipped choice comes first.
    public let candidates: [Candidate]

    /// One candidate.
    public struct Candidate: Sendable {
        /// The choice.
        public let choice: KernelChoice
        /// What became of it.
        public let outcome: Outcome

        /// Makes a candidate with its outcome.
        package init(choice: KernelChoice, outcome: Outcome) {
            (self.choice, self.outcome) = (choice, outcome)
        }
    }

    /// Makes the result for the site `key` of `operation`.
    package init(operation: String, key: String, candidates: [Candidate]) {
        (self.operation, self.key, self.candidates) = (operation, key, candidates)
    }

    /// What may become of a candidate.
    public enum Outcome: Hashable, Sendable {
        /// It took so long, the median of some runs, in each round of measurement.
        case measured(rounds: [Double])
        /// It is right, but several times slower than another already on few images, and was not measured to the end.
        case slow
        /// It computes something else: the norm of the difference over the norm of the result.
        case inexact(relativeError: Double)
        /// The device could not run it.
        case failed(reason: String)
    }

    /// The choice: the fastest right candidate; but the shipped one unless another was at least 3% faster in every round
    /// that both were in, which is more than noise. `nil` where no candidate is right.
    public var choice: KernelChoice? {
        guard let shipped = candidates.first else { return nil }
        let timed = candidates.filter { $0.seconds != nil }
        guard let best = timed.min(by: { $0.seconds ?? 0 < $1.seconds ?? 0 }) else { return nil }
        let isFaster = zip(best.rounds, shipped.rounds).allSatisfy { $0 < 0.97 * $1 }
        return isFaster || shipped.seconds == nil ? best.choice : shipped.choice
    }

    /// The median time of the choice, in seconds.
    public var seconds: Double? {
        for candidate in candidates where candidate.choice == choice { return candidate.seconds }
        return nil
    }
}

extension SiteTuning.Candidate {
    /// The median time in seconds of each round, where it was measured.
    public var rounds: [Double] {
        if case .measured(let rounds) = outcome { return rounds }
        return []
    }

    /// The least median time in seconds, where it was measured.
    public var seconds: Double? { rounds.min() }
}
