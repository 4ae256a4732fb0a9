// The objective as configured: three weighted terms.

extension TrainingConfiguration {
    /// The loss: a weighted sum of the contrastive, the forward predictive and the inverse predictive term
    /// (equation 4 of the paper, as a minimization).
    public struct Objective: Hashable, Sendable {
        /// The contrastive term.
        public var contrastive = Contrastive()
        /// The forward predictive term.
        public var forwardPredictive = ForwardPredictive()
        /// The inverse predictive term.
        public var inversePredictive = InversePredictive()

        /// Makes the contrastive objective alone.
        public init() {}
    }
}

extension TrainingConfiguration.Objective {
    /// The contrastive term L_CL.
    public struct Contrastive: Hashable, Sendable {
        /// The form of the term.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// Equation 1 of the paper: one direction, no temperature and no normalization unless asked.
            case infoNCE
            /// The authors' code and SimCLR: both directions, all other views as negatives.
            case ntXent
            /// The Jensen-Shannon form of the authors' code.
            case jensenShannon
        }

        /// The factor of the term; 0 leaves it out.
        public var weight = 1.0
        /// The form of the term.
        public var kind = Kind.ntXent
        /// What scores are divided by.
        public var temperature = 0.1
        /// Whether features are scaled to unit length first.
        public var normalize = true

        /// Makes NT-Xent at temperature 0.1.
        public init() {}
    }

    /// The forward predictive term L_FP: the other view is reconstructed from a feature.
    public struct ForwardPredictive: Hashable, Sendable {
        /// The form of the term.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// Equation 2 of the paper.
            case squaredError
            /// Cross entropy with the image as target.
            case binaryCrossEntropy
            /// The authors' cross entropy with image and reconstruction swapped; not bounded below.
            case reversedBinaryCrossEntropy
            /// Squared error between the logits of reconstruction and image.
            case squaredErrorInLogits
        }

        /// The factor of the term; 0 leaves it out.
        public var weight = 0.0
        /// The form of the term.
        public var kind = Kind.squaredError

        /// Makes a term of weight 0.
        public init() {}
    }

    /// The inverse predictive term L_IP: the features of two views agree.
    public struct InversePredictive: Hashable, Sendable {
        /// The scale of the squared distance.
        public enum Scale: String, Hashable, Sendable, CaseIterable {
            /// The authors' code: twice the mean squared error over the elements of unit vectors.
            case elementMean
            /// Equation 3 of the paper: the squared norm.
            case squaredNorm
        }

        /// The factor of the term; 0 leaves it out.
        public var weight = 0.0
        /// The scale of the squared distance.
        public var scale = Scale.elementMean

        /// Makes a term of weight 0.
        public init() {}
    }
}
