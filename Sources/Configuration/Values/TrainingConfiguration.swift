// The effective configuration of a training run; its defaults are the paper's Omniglot recipe.

public import TensorCore

/// Everything that decides what a training run computes. Without changes it is the recipe of Tsai et al. (ICLR 2021) for
/// Omniglot: NT-Xent at temperature 0.1, Adam at 1e-3 with weight decay 1e-6, 482 pairs a step.
public struct TrainingConfiguration: Hashable, Sendable {
    /// The loss and its terms.
    public var objective = Objective()
    /// The network that turns images into features.
    public var encoder = Encoder()
    /// What stands between features and the contrastive term.
    public var head = Head()
    /// How parameters follow their gradients.
    public var optimizer = Optimizer()
    /// Where the view pairs come from.
    public var data = Data()
    /// How long to train, and when to save and to evaluate.
    public var training = Training()
    /// How features are judged.
    public var evaluation = Evaluation()
    /// The seed of every random number of the run.
    public var seed: UInt64 = 0
    /// The device: `auto`, `gpu`, `cpu`, `reference`, an index, or a part of a name.
    public var device = "auto"
    /// To what the device rounds the factors of matrix products and convolutions.
    public var precision = Precision.float32
    /// The most bytes that the plan of a step may hold; `nil` for what the device has.
    public var memoryLimit: Int?

    /// Makes the default configuration.
    public init() {}

    /// The network.
    public struct Encoder: Hashable, Sendable {
        /// The architecture.
        public enum Name: String, Hashable, Sendable, CaseIterable {
            /// The paper's encoder for drawings of 28 x 28 pixels: four 3 x 3 convolutions, three poolings, one linear layer.
            case omniglot28 = "omniglot-28"
        }

        /// The architecture.
        public var name = Name.omniglot28
        /// Channels of each convolution.
        public var channels = 128
        /// Elements of a feature vector.
        public var features = 1024
        /// Height and width of an image in pixels.
        public var inputSize = 28
        /// Whether both views have one encoder; else S has its own.
        public var shared = true

        /// Makes the paper's encoder.
        public init() {}
    }

    /// The head G, from features to the projections that the contrastive term compares.
    public struct Head: Hashable, Sendable {
        /// The form.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// No head: projections are the features.
            case identity
            /// One linear map.
            case linear
            /// Two linear maps with a ReLU between them.
            case mlp
        }

        /// The form.
        public var kind = Kind.identity
        /// Elements between the maps of `mlp`.
        public var hidden = 1024
        /// Elements of a projection.
        public var outputs = 128

        /// Makes no head.
        public init() {}
    }

    /// The optimizer.
    public struct Optimizer: Hashable, Sendable {
        /// The update rule.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// Adam (Kingma and Ba, ICLR 2015), with coupled weight decay.
            case adam
            /// Stochastic gradient descent with momentum.
            case sgd
        }

        /// The update rule.
        public var kind = Kind.adam
        /// The step size.
        public var learningRate = 1e-3
        /// The factor of the parameters that is added to their gradients.
        public var weightDecay = 1e-6
        /// Adam's decay of the mean of gradients.
        public var beta1 = 0.9
        /// Adam's decay of the mean of squared gradients.
        public var beta2 = 0.999
        /// What Adam adds to the root of the mean square.
        public var epsilon = 1e-8
        /// The momentum of `sgd`.
        public var momentum = 0.9

        /// Makes the paper's optimizer.
        public init() {}
    }

    /// The view pairs.
    public struct Data: Hashable, Sendable {
        /// Where views are made, step by step.
        public enum Placement: String, Hashable, Sendable, CaseIterable {
            /// On the device where that is a GPU and the images fit beside a step, else on the host.
            case auto
            /// On the device, which holds all images.
            case device
            /// On the host, the next step's while a step runs.
            case host
        }

        /// The data set: `glyphs`, `omniglot:DIR`, `images:DIR`, `pairs:FILE.safetensors`, or a path.
        public var source = "glyphs"
        /// Pairs in one step.
        public var batch = 482
        /// What makes two images a pair.
        public var signal = PairSignal.sameCharacter
        /// How a drawing is changed into a view.
        public var augmentation = Augmentation.authors
        /// Where views are made.
        public var placement = Placement.auto

        /// Makes the paper's pairs on the embedded data set.
        public init() {}
    }
}
