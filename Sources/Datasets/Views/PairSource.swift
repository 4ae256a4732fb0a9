// What a training step takes: two views of each of some items.

public import TensorCore

/// The views of one training step.
public struct PairBatch: Hashable, Sendable {
    /// The first views, float32 [N, S, S, 1] in [0, 1], ink = 1.
    public let view1: Tensor
    /// The second views, in the order of the first.
    public let view2: Tensor
    /// Of each pair, the number of the character, class or row that it comes from, where that is known.
    public let labels: [Int32]?

    /// Makes a batch of `view1` and `view2`, of the same shape.
    public init(view1: Tensor, view2: Tensor, labels: [Int32]?) {
        precondition(
            view1.shape == view2.shape && view1.shape.rank == 4 && labels.map { $0.count == view1.shape[0] } != false,
            "PairBatch: \(view1.shape) and \(view2.shape) with \(labels?.count ?? 0) labels")
        (self.view1, self.view2, self.labels) = (view1, view2, labels)
    }
}

/// Where batches of view pairs come from.
///
/// The batch of a step is a pure function of the step: a run that is stopped and resumed sees what one left alone sees,
/// whatever the number of threads.
public protocol PairSource: Sendable {
    /// The number of pairs in a batch.
    var pairsPerBatch: Int { get }
    /// The number of steps in which every item is seen once (those that fill no batch are left out).
    var stepsPerEpoch: Int { get }
    /// The batch of `step`, counted from 0.
    func batch(step: Int) -> PairBatch
}
