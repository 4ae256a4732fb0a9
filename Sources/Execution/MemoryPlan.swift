// Which launch's results lie where: liveness, updates in place and reuse of memory, over launches.

public import GraphIR

/// What a launch says of itself before memory is planned: one unit of a backend's work, covering one or more nodes.
public protocol LaunchFootprint {
    /// The values read.
    var reads: [ValueID] { get }
    /// The values written.
    var writes: [ValueID] { get }
    /// The bytes of scratch memory wanted, one number per scratch buffer.
    var scratchBytes: [Int] { get }
    /// For a written value, the read values whose memory it may take, if they die with this launch.
    var mayOverwrite: [ValueID: [ValueID]] { get }
}

/// Where each value lies: in slots of memory that are used again when their value is dead.
public struct MemoryPlan: Sendable {
    /// The size of each slot in bytes.
    public private(set) var slotBytes: [Int] = []
    /// The slot of each value; a reshaped value shares the slot of its source.
    public private(set) var slots: [ValueID: Int] = [:]
    /// The scratch slots of each launch.
    public private(set) var scratchSlots: [[Int]] = []
    /// What is left to be copied at the end of a run, in this order: the new values of variables that could not be
    /// written in place.
    public private(set) var copies: [SlotCopy] = []

    /// A copy of the first `byteCount` bytes of one slot to another.
    public struct SlotCopy: Hashable, Sendable {
        /// The slot copied from.
        public let source: Int
        /// The slot copied to.
        public let target: Int
        /// How much is copied.
        public let byteCount: Int
    }

    /// The sum of the slots in bytes.
    public var totalBytes: Int { slotBytes.reduce(0, +) }

    /// Plans the memory of `launches`, which run in the given order, for `graph`.
    ///
    /// Inputs, variables and constants have slots of their own; outputs live to the end of a run.
    public init(_ launches: [some LaunchFootprint], graph: Graph) {
        var planner = Planner(graph: graph, launches: launches)
        planner.planSources()
        for index in launches.indices { planner.plan(launch: index) }
        planner.planCopies()
        self = planner.plan
    }

    private struct Planner<Launch: LaunchFootprint> {
        let graph: Graph
        let launches: [Launch]
        let lastUse: [ValueID: Int]
        /// The update that a value is computed for, by root.
        let variableOfUpdate: [ValueID: ValueID]
        var plan = MemoryPlan()
        var free: [Int] = []
        /// The slots that live between runs or are given from outside.
        var sourceSlots: Set<Int> = []

        init(graph: Graph, launches: [Launch]) {
            (self.graph, self.launches) = (graph, launches)
            var lastUse: [ValueID: Int] = [:]
            for (index, launch) in launches.enumerated() {
                for value in launch.reads + launch.writes { lastUse[graph.root(of: value)] = index }
            }
            for output in graph.outputs { lastUse[graph.root(of: output.value)] = .max }
            var variableOfUpdate: [ValueID: ValueID] = [:]
            for update in graph.updates {
                let root = graph.root(of: update.value)
                lastUse[root] = .max
                if variableOfUpdate[root] == nil { variableOfUpdate[root] = update.variable }
            }
            (self.lastUse, self.variableOfUpdate) = (lastUse, variableOfUpdate)
        }

        mutating func newSlot(_ bytes: Int) -> Int {
            plan.slotBytes.append(bytes)
            return plan.slotBytes.count - 1
        }

        /// The smallest free slot that holds `bytes` without wasting three quarters of it, else a free one of half the
        /// size at least, which grows, else a new one: a slot costs what its largest value needs.
        mutating func take(_ bytes: Int) -> Int {
            func size(_ index: Int) -> Int { plan.slotBytes[free[index]] }
            let roomy = free.indices.filter { size($0) >= bytes && size($0) <= max(4 * bytes, 65_536) }
            if let best = roomy.min(by: { size($0) < size($1) }) { return free.remove(at: best) }
            let tight = free.indices.filter { size($0) < bytes && 2 * size($0) >= bytes }
            if let largest = tight.max(by: { size($0) < size($1) }) {
                let slot = free.remove(at: largest)
                plan.slotBytes[slot] = bytes
                return slot
            }
            return newSlot(bytes)
        }

        mutating func planSources() {
            for (index, node) in graph.nodes.enumerated() {
                switch node.op.residence {
                case .source:
                    // A number that went into a kernel's arguments needs no memory.
                    if case .constant = node.op, lastUse[ValueID(node: index)] == nil { continue }
                    let slot = newSlot(node.types[0].byteCount)
                    plan.slots[ValueID(node: index)] = slot
                    sourceSlots.insert(slot)
                case .computed, .alias: break
                }
            }
        }

        mutating func plan(launch index: Int) {
            let launch = launches[index]
            for value in launch.writes {
                let root = graph.root(of: value)
                if plan.slots[root] != nil { continue }
                if let slot = slotInPlace(for: value, launch: index) {
                    plan.slots[root] = slot
                } else {
                    plan.slots[root] = take(graph.type(of: root).byteCount)
                }
            }
            let scratch = launch.scratchBytes.map { take($0) }
            plan.scratchSlots.append(scratch)
            free += scratch
            // Values that die here give up their slot, unless a result of this launch has taken it.
            let taken = Set(launch.writes.map { plan.slots[graph.root(of: $0)]! })
            var released = Set<Int>()
            for value in launch.reads + launch.writes {
                let root = graph.root(of: value)
                guard let slot = plan.slots[root], lastUse[root] == index, !sourceSlots.contains(slot) else { continue }
                let holder = launch.writes.contains { graph.root(of: $0) == root }
                if !holder && taken.contains(slot) { continue }
                if released.insert(slot).inserted { free.append(slot) }
            }
        }

        /// The slot of a dying operand that `value` may take, or of the variable that it is the new value of.
        func slotInPlace(for value: ValueID, launch index: Int) -> Int? {
            let root = graph.root(of: value)
            let bytes = graph.type(of: root).byteCount
            let taken = Set(launches[index].writes.compactMap { plan.slots[graph.root(of: $0)] })
            let variable = variableOfUpdate[root]
            for candidate in launches[index].mayOverwrite[value] ?? [] {
                let operand = graph.root(of: candidate)
                guard let slot = plan.slots[operand], !taken.contains(slot), plan.slotBytes[slot] >= bytes else {
                    continue
                }
                // Other values may share the operand's slot only if they are dead; a root owns its slot while it lives.
                guard lastUse[operand] == index else { continue }
                switch graph.nodes[operand.node].op.residence {
                case .source: if operand == variable { return slot }
                case .computed, .alias: if variable == nil { return slot }
                }
            }
            return nil
        }

        /// A variable whose old value is the new one of another is put aside before it changes.
        mutating func planCopies() {
            var copies = graph.updates.compactMap { update -> SlotCopy? in
                let (source, target) = (plan.slots[graph.root(of: update.value)]!, plan.slots[update.variable]!)
                if source == target { return nil }
                return SlotCopy(source: source, target: target, byteCount: graph.type(of: update.value).byteCount)
            }
            let overwritten = Set(copies.map(\.target))
            for index in copies.indices where overwritten.contains(copies[index].source) {
                let (copy, aside) = (copies[index], newSlot(copies[index].byteCount))
                plan.copies.append(SlotCopy(source: copy.source, target: aside, byteCount: copy.byteCount))
                copies[index] = SlotCopy(source: aside, target: copy.target, byteCount: copy.byteCount)
            }
            plan.copies += copies
        }
    }
}

extension MemoryPlan {
    /// An empty plan.
    fileprivate init() {}

    /// The slot of `value`, which may be a reshaped one.
    public func slot(of value: ValueID, in graph: Graph) -> Int {
        guard let slot = slots[graph.root(of: value)] else { preconditionFailure("no slot for \(value)") }
        return slot
    }
}

/// Where the memory of an operation's result comes from.
package enum Residence {
    /// The value exists before the first launch: input, variable, constant.
    case source
    /// A launch writes it.
    case computed
    /// It is its operand under another shape.
    case alias
}

extension Op {
    /// Where the memory of this operation's result comes from.
    package var residence: Residence {
        switch self {
        case .input, .variable, .constant: .source
        case .reshape: .alias
        case .random, .drawViews, .resample, .unary, .binary, .select, .cast, .broadcast, .transpose, .concatenate,
            .slice, .pad, .reduce, .logSumExp, .gatherRows, .scatterAddRows, .oneHot, .topK, .matrixProduct,
            .scoreReduction, .scoreReductionBackward, .convolution, .convolutionBackwardInput,
            .convolutionBackwardFilter, .batchNormalization, .batchNormalizationBackward, .maxPool, .maxPoolBackward,
            .averagePool, .averagePoolBackward, .adam, .momentum, .custom:
            .computed
        }
    }
}

extension Graph {
    /// The value whose memory `value` is: itself, or the source of a chain of reshapes.
    package func root(of value: ValueID) -> ValueID {
        var value = value
        while case .alias = nodes[value.node].op.residence { value = nodes[value.node].inputs[0] }
        return value
    }
}
