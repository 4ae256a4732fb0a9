// What the bits of a run depend on besides its configuration, as a checkpoint tells it.

extension Checkpoint {
    /// What stands before the name of a kernel's choice among the circumstances.
    static let kernelPrefix = "kernels."

    /// The kernels that the run had, as `Executable.kernelShapes` named them.
    var kernelShapes: [String: String] {
        var shapes: [String: String] = [:]
        for (name, value) in circumstances where name.hasPrefix(Self.kernelPrefix) {
            shapes[String(name.dropFirst(Self.kernelPrefix.count))] = value
        }
        return shapes
    }

    /// What is another in `circumstances` than when the checkpoint was saved, a line each; kernels, of which there are
    /// many, in one.
    func changes(to circumstances: [String: String]) -> [String] {
        let names = Set(circumstances.keys).union(self.circumstances.keys).sorted()
        let changed = names.filter { self.circumstances[$0] != circumstances[$0] }
        let lines = changed.map { name in
            "\(name) was '\(self.circumstances[name] ?? "none")' and is '\(circumstances[name] ?? "none")'"
        }
        let kernels = changed.indices.filter { changed[$0].hasPrefix(Self.kernelPrefix) }
        let others = changed.indices.filter { !kernels.contains($0) }.map { lines[$0] }
        guard let first = kernels.first else { return others }
        return others + [lines[first] + (kernels.count > 1 ? ", and \(kernels.count - 1) more kernels differ" : "")]
    }
}
