// How long a run trains, when it saves, and how it judges features.

extension TrainingConfiguration {
    /// When something happens during a run.
    public enum Schedule: Hashable, Sendable {
        /// Only when the run ends.
        case end
        /// After every so many epochs, and when the run ends.
        case every(Int)
        /// After these epochs, in rising order, and when the run ends.
        case epochs([Int])

        /// Whether it happens after `epoch`, counted from 1.
        public func contains(epoch: Int) -> Bool {
            switch self {
            case .end: false
            case .every(let interval): epoch.isMultiple(of: interval)
            case .epochs(let epochs): epochs.contains(epoch)
            }
        }
    }

    /// The length of a run, and what happens on the way. Exactly one of `steps` and `epochs` is set.
    public struct Training: Hashable, Sendable {
        /// The length in steps.
        public var steps: Int?
        /// The length in epochs: passes over the items, which are characters, images or pairs, whole batches only.
        public var epochs: Int? = 100
        /// Steps between two checkpoints; the end of a run is always saved.
        public var checkpointEvery = 50
        /// How many checkpoints are kept, the newest first.
        public var keepCheckpoints = 3
        /// When the features are evaluated.
        public var evaluateEvery = Schedule.every(10)

        /// Makes a run of 100 epochs.
        public init() {}
    }

    /// The evaluation of features by nearest neighbours.
    public struct Evaluation: Hashable, Sendable {
        /// Neighbours that vote, by cosine.
        public var neighbours = 1
        /// Labelled drawings of each class; the others are classified.
        public var labelled = 5

        /// Makes the paper's protocol: the nearest of five labelled drawings.
        public init() {}
    }
}
