// The tuner: verifies each kernel that may serve a node, then times those that are right.

import Execution
public import GraphIR
public import OpenCLBackend

/// Measures which kernels serve the nodes of a graph best on an OpenCL device.
///
/// A candidate is held against the reference first, on the node of a smaller graph; one whose error is out of bound is
/// out, however fast, and one that is much slower than another is not measured to the end.
public struct Tuner {
    private let benches: [SiteBench]

    /// Makes a tuner for the nodes of `graph`, each timed in `runs` runs; what the reference computes is computed now.
    ///
    /// - Parameters:
    ///   - sample: the same graph for few images, node by node, on which candidates are held against the reference.
    ///   - backend: the device, opened with `OpenCLOptions.profiling`.
    ///   - operations: the only operations to be measured, by name; all of them without.
    /// - Throws: `ExecutionError` when the reference cannot compute a node.
    public init(
        _ graph: Graph, sample: Graph, on backend: OpenCLBackend, operations: [String] = [], runs: Int = 3
    ) throws {
        precondition(
            graph.nodes.map(\.op.name) == sample.nodes.map(\.op.name), "Tuner: the sample is another graph")
        let sites = backend.target.sites(of: graph).filter { operations.isEmpty || operations.contains($0.operation) }
        benches = try sites.compactMap { site in
            try SiteBench(site, of: graph, sample, on: backend, runs: runs)
        }
    }

    /// How many candidates there are, at all places together.
    public var candidateCount: Int { benches.reduce(0) { $0 + $1.candidates.count } }

    /// Measures every candidate.
    ///
    /// What a device cannot run is an outcome, too.
    ///
    /// - Parameters:
    ///   - progress: told of each candidate before it is measured: how many are done, the operation, the choice.
    ///   - result: told of each node, or of those that one kernel serves together, when their candidates are measured.
    public func measure(
        progress: (Int, String, KernelChoice) -> Void = { _, _, _ in }, result: (SiteTuning) throws -> Void
    ) rethrows {
        var done = 0
        for bench in benches {
            var best = SiteBench.Best()
            var outcomes: [SiteTuning.Outcome] = []
            for candidate in bench.candidates {
                progress(done, bench.operation, candidate)
                outcomes.append(bench.outcome(of: candidate, best: &best))
                done += 1
            }
            try result(bench.confirmed(outcomes))
        }
    }
}
