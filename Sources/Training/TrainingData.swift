// From the configuration's data to what a run takes: pairs to train on, views to judge by, checksums.

public import Configuration
public import Datasets
import Imaging
import TensorCore

/// The data of a run.
public struct TrainingData: Sendable {
    /// The data set.
    public let dataset: Dataset
    /// The view pairs of each step.
    public let pairs: any PairSource
    /// Views of known classes: of characters that training does not see, or of what is trained on where that has labels;
    /// `nil` for data without them.
    public let evaluation: LabelledViews?

    /// Opens the data that `configuration` names.
    ///
    /// - Throws: `DatasetError` for data that cannot be read, or that does not fill a batch.
    public init(_ configuration: TrainingConfiguration) throws(DatasetError) {
        try self.init(configuration, Dataset(DataSource(parsing: configuration.data.source)))
    }

    /// Makes of `dataset` what `configuration` asks for.
    ///
    /// - Throws: `DatasetError` for pairs that cannot be read, or data that does not fill a batch.
    public init(_ configuration: TrainingConfiguration, _ dataset: Dataset) throws(DatasetError) {
        self.dataset = dataset
        var settings = ViewPairs.Settings(pairsPerBatch: configuration.data.batch)
        settings.size = configuration.encoder.inputSize
        settings.seed = configuration.seed
        settings.signal = configuration.data.signal
        settings.augmentation = configuration.data.augmentation
        pairs = try dataset.pairs(settings)
        evaluation = try dataset.evaluationViews(size: configuration.encoder.inputSize)
    }
}

extension Dataset {
    /// What the views that features are judged by are, for protocols: `evaluation` for characters that no training
    /// sees, `images` for a person's own images and `pairs` for the first views of pairs, which training has seen.
    public var evaluationSplit: String {
        switch self {
        case .drawings(_, let evaluation): evaluation.split.rawValue
        case .images: "images"
        case .pairs: "pairs"
        }
    }

    /// Why there is nothing to judge by, where `evaluationViews` gives nothing.
    public var lackOfLabels: String {
        switch self {
        case .drawings: "no character has a class"
        case .images: "not every image lies in a sub-folder, which would be its class"
        case .pairs: "the file has no tensor 'label'"
        }
    }
}
