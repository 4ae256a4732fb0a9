// What judges features, while a model trains and afterwards.

public import Configuration
public import Datasets
public import Evaluation
public import Execution
public import Layers
import TensorCore

/// Judges features while a model trains: the characters of the evaluation split, by nearest neighbours.
public final class Judge<B: Backend> {
    /// The images that are judged, with their labels.
    public let images: LabelledViews
    private let backend: B
    private let embedder: Embedder<B>
    private let settings: TrainingConfiguration.Evaluation
    private let split: String
    private let moment: String

    /// Makes a judge of encoders of `sizes` on `backend`.
    ///
    /// - Parameters:
    ///   - split: the part of the data that `images` are, for the protocol.
    ///   - moment: `online` during training, `offline` for a checkpoint.
    public init(
        _ images: LabelledViews, split: String, _ sizes: Encoder.Sizes, _ settings: TrainingConfiguration.Evaluation,
        moment: String, on backend: B
    ) throws(ExecutionError) {
        (self.images, self.backend, self.settings) = (images, backend, settings)
        (self.split, self.moment) = (split, moment)
        embedder = try Embedder(Encoder(sizes), on: backend)
    }

    /// The accuracy of the features that `weights` make.
    public func judge(_ weights: Weights) throws(ExecutionError) -> Accuracy {
        try embedder.load(weights)
        return try accuracy(of: try embedder(images.images), input: "features")
    }

    /// The accuracy of the pixels themselves.
    public func judgePixels() throws(ExecutionError) -> Accuracy {
        let shape = images.images.shape
        return try accuracy(of: images.images.reshaped(to: [shape[0], shape.count / shape[0]]), input: "pixels")
    }

    private func accuracy(of rows: Tensor, input: String) throws(ExecutionError) -> Accuracy {
        let task = ClassificationTask(
            rows: rows, labels: images.labels.map(Int.init), examples: images.drawers.map(Int.init))
        return try task.accuracy(
            on: backend, neighbours: settings.neighbours, labelledPerClass: settings.labelled, input: input,
            split: split, moment: moment)
    }
}

extension Accuracy {
    /// The accuracy with its protocol, as it stands in metrics and reports.
    public var json: JSONValue {
        [
            "accuracy": .number(accuracy),
            "protocol": [
                "input": .string(self.protocol.input), "split": .string(self.protocol.split),
                "classifier": .string(self.protocol.classifier), "neighbours": .integer(self.protocol.neighbours),
                "metric": .string(self.protocol.metric), "classes": .integer(self.protocol.classes),
                "labelledPerClass": .integer(self.protocol.labelledPerClass),
                "queries": .integer(self.protocol.queries), "moment": .string(self.protocol.moment),
            ],
        ]
    }
}
