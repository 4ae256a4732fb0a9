// A site of a graph on the bench: its nodes by themselves, checked on few images and timed on all.

import Execution
import GraphIR
import OpenCLBackend
import ReferenceBackend
import TensorCore

/// Checks and times the candidates of one site.
struct SiteBench {
    /// What may serve the site, each another way to compute it; the shipped choice comes first.
    let candidates: [KernelChoice]
    /// The operation's name.
    var operation: String { site.operation }
    private let site: KernelSite
    private let backend: OpenCLBackend
    private let runs: Int
    /// The site on few images, and what the reference makes of it; at its size it is `timed`.
    private let sample: GraphPart
    private let expected: [String: Tensor]
    private let timed: GraphPart

    /// The times of the fastest candidate so far, on the sample and at full size.
    struct Best {
        var sampleSeconds = Double.infinity
        var seconds = Double.infinity
    }

    /// How many times slower than the best a candidate may be before it is given up: on the sample, which says little,
    /// so only where a run would take longer than `moment`; and in its first runs at full size, of which the very first
    /// compiles, too.
    private static let patience = (sample: 10.0, compiling: 8.0, run: 2.0)
    /// The rounds in which a candidate must win after that in which it seemed to.
    private static let moreRounds = 2
    /// Seconds that any candidate is worth.
    private static let moment = 0.5

    /// Prepares the site of `graph`, whose nodes `small` has for few images; `nil` where there is nothing to choose.
    init?(
        _ site: KernelSite, of graph: Graph, _ small: Graph, on backend: OpenCLBackend, runs: Int
    ) throws(ExecutionError) {
        (self.site, self.backend, self.runs) = (site, backend, runs)
        do {
            timed = try GraphPart(site.nodes, of: graph, for: .timing)
            candidates = backend.distinctCandidates(for: site, in: timed.graph)
            if candidates.count < 2 { return nil }
            let few = try GraphPart(site.nodes, of: small, for: .check)
            // A kernel that serves large sizes alone is checked at the size that it serves.
            let isReached = backend.functions(of: candidates, for: site.operation, in: few.graph)
                .isSuperset(of: backend.functions(of: candidates, for: site.operation, in: timed.graph))
            sample = isReached ? few : try GraphPart(site.nodes, of: graph, for: .check)
        } catch {
            throw .graph(error)
        }
        expected = try ReferenceBackend().compile(sample.graph).run(sample.inputs)
    }

    /// What becomes of `candidate`, `best` being the times of the fastest so far.
    func outcome(of candidate: KernelChoice, best: inout Best) -> SiteTuning.Outcome {
        let device = device(candidate)
        do throws(ExecutionError) {
            let program = try device.compile(sample.graph)
            let error = try relativeError(of: program)
            guard error <= device.errorBound(for: operation, in: sample.graph) else {
                return .inexact(relativeError: error)
            }
            let sampleSeconds = try seconds(of: program, sample.inputs)
            let isHopeless = sampleSeconds > Self.patience.sample * best.sampleSeconds
            let expectedSeconds = sampleSeconds * timed.amount / sample.amount
            guard !isHopeless || expectedSeconds < Self.moment else { return .slow }
            guard let seconds = try fullSeconds(of: candidate, best: best.seconds) else { return .slow }
            best.sampleSeconds = min(best.sampleSeconds, sampleSeconds)
            best.seconds = min(best.seconds, seconds)
            return .measured(rounds: [seconds])
        } catch {
            return .failed(reason: error.description)
        }
    }

    /// The outcomes, after more rounds for the shipped choice and the one that seems to be faster, in turns: a machine
    /// that is busy for a while must not decide.
    func confirmed(_ outcomes: [SiteTuning.Outcome]) -> SiteTuning {
        var measured = zip(candidates, outcomes).map { SiteTuning.Candidate(choice: $0, outcome: $1) }
        func tuning() -> SiteTuning { SiteTuning(operation: site.operation, key: site.key, candidates: measured) }
        for _ in 0..<Self.moreRounds {
            guard let winner = tuning().choice, winner != candidates[0] else { break }
            for (index, candidate) in measured.enumerated() where index == 0 || candidate.choice == winner {
                measured[index] = .init(choice: candidate.choice, outcome: again(candidate))
            }
        }
        return tuning()
    }

    /// The outcome of `candidate` with one more round.
    private func again(_ candidate: SiteTuning.Candidate) -> SiteTuning.Outcome {
        guard case .measured(let rounds) = candidate.outcome else { return candidate.outcome }
        do throws(ExecutionError) {
            guard let seconds = try fullSeconds(of: candidate.choice, best: .infinity) else { return .slow }
            return .measured(rounds: rounds + [seconds])
        } catch {
            return .failed(reason: error.description)
        }
    }

    private func device(_ choice: KernelChoice) -> OpenCLBackend { backend.forcing([site.operation: choice]) }

    /// The largest error of a result on the sample, the norm of the difference over the norm of the result.
    private func relativeError(of program: OpenCLProgram) throws(ExecutionError) -> Double {
        let computed = try program.run(sample.inputs)
        let errors = expected.map { name, tensor in
            computed[name]?.compared(to: tensor, within: Tolerance(terms: 1)).relativeError ?? .infinity
        }
        return errors.contains(where: \.isNaN) ? .infinity : errors.max() ?? 0
    }

    /// The median time of the site at its size; `nil` for a candidate much slower than `best` seconds.
    private func fullSeconds(of candidate: KernelChoice, best: Double) throws(ExecutionError) -> Double? {
        let program = try device(candidate).compile(timed.graph)
        let first = try seconds(of: program)
        // CLBlast compiles for seconds among its kernels, which says nothing of them.
        guard candidate.isLibrary || first < Self.patience.compiling * best else { return nil }
        var times: [Double] = []
        for _ in 0..<runs {
            times.append(try seconds(of: program))
            if times[0] > Self.patience.run * best { return nil }
        }
        times.sort()
        return (times[(runs - 1) / 2] + times[runs / 2]) / 2
    }

    /// The time that the site's kernels take in one run.
    private func seconds(
        of program: OpenCLProgram, _ inputs: [String: Tensor] = [:]
    ) throws(ExecutionError) -> Double {
        _ = try program.run(inputs)
        let own = program.profile.calls.filter { $0.label != GraphPart.scaffold }
        return own.reduce(0) { $0 + Double($1.nanoseconds) } * 1e-9
    }
}

extension OpenCLBackend {
    /// The candidates for `site` that compute `graph` each in another way: one that does not serve its sizes falls back to
    /// another.
    fileprivate func distinctCandidates(for site: KernelSite, in graph: Graph) -> [KernelChoice] {
        var known: Set<[Call]> = []
        return target.candidates(for: site.operation, result: site.result).filter { choice in
            known.insert(forcing([site.operation: choice]).calls(for: graph)).inserted
        }
    }

    /// The kernel functions, with their files, by which one of `candidates` computes `graph`, or a call of a library.
    fileprivate func functions(
        of candidates: [KernelChoice], for operation: String, in graph: Graph
    ) -> Set<String> {
        Set(candidates.flatMap { forcing([operation: $0]).calls(for: graph).map(\.function) })
    }

    /// The error that is allowed: rounding of some thousand terms, and more where Winograd's transformations round, too,
    /// or where factors are rounded.
    fileprivate func errorBound(for operation: String, in graph: Graph) -> Double {
        if target.rounds(operation) { return 4 * Double(precision.roundoff) }
        return calls(for: graph).contains(where: \.isWinograd) ? 5e-5 : 1e-5
    }

    private func calls(for graph: Graph) -> [Call] {
        lower(graph, for: target, fusion: true).filter { $0.label != GraphPart.scaffold }.flatMap(\.calls)
    }
}

extension KernelChoice {
    fileprivate var isLibrary: Bool { if case .library = self { true } else { false } }
}

extension Call {
    /// The function with its file and build constants; those of a template follow from the sizes.
    fileprivate var function: String {
        switch self {
        case .kernel(let call):
            if case .template(let name) = call.source {
                "\(name) \(call.function)"
            } else {
                "\(call.source.name) \(call.function) \(call.prelude)"
            }
        case .product: "product"
        case .copy: "copy"
        }
    }

    fileprivate var isWinograd: Bool {
        if case .kernel(let call) = self { call.source.name.contains("winograd") } else { false }
    }
}
