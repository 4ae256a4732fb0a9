// Which programs the kernels of a graph need: one for each file and its build constants, and one for all uses of a
// template, since a build costs a driver's compiler far more than the lines of a small kernel.

/// A kernel text with all that stands before it.
struct ProgramKey: Hashable, Sendable {
    /// Where the text comes from.
    let source: KernelSource
    /// What stands before it; of a template, once for each time that it stands in the program.
    let preludes: [String]

    /// The whole text.
    func text(_ library: KernelLibrary) -> String {
        func file(_ name: String) -> String {
            guard let text = library.text(named: name) else {
                preconditionFailure("no kernel file '\(name)' in \(KernelLibrary.names)")
            }
            return text
        }
        switch source {
        case .file(let name): return preludes.joined() + file(name)
        case .text(let text, _): return preludes.joined() + text
        case .template(let name):
            let text = file(name)
            return preludes.enumerated().map { "#define NAME(function) function##_\($0)\n\($1)\(text)" }.joined()
        }
    }
}

/// The programs of all kernels of a graph.
struct ProgramPlan {
    /// The preludes of each template, in an order that depends on nothing but themselves.
    private let templates: [KernelSource: [String]]
    /// All programs.
    let keys: Set<ProgramKey>

    /// Plans the programs for the kernels of `launches`.
    init(_ launches: [Launch]) {
        let calls = launches.flatMap(\.calls).compactMap(\.kernel)
        var preludes: [KernelSource: Set<String>] = [:]
        for call in calls {
            if case .template = call.source { preludes[call.source, default: []].insert(call.prelude) }
        }
        let templates = preludes.mapValues { $0.sorted() }
        self.templates = templates
        keys = Set(calls.map { Self.key(of: $0, templates) })
    }

    /// The program of `call`.
    func key(of call: KernelCall) -> ProgramKey { Self.key(of: call, templates) }

    /// The name of the kernel function of `call` in its program.
    func function(of call: KernelCall) -> String {
        guard let index = templates[call.source]?.firstIndex(of: call.prelude) else { return call.function }
        return "\(call.function)_\(index)"
    }

    private static func key(of call: KernelCall, _ templates: [KernelSource: [String]]) -> ProgramKey {
        ProgramKey(source: call.source, preludes: templates[call.source] ?? [call.prelude])
    }
}

extension Call {
    /// The call, if it is a kernel of ours.
    fileprivate var kernel: KernelCall? { if case .kernel(let call) = self { call } else { nil } }
}
