// The head G: from features to the projections that contrastive objectives compare.

public import GraphIR
import TensorCore

/// The head G, the same for both views; without one, projections are the features.
public struct Head: Layer {
    /// The form of a head that is not the identity.
    public enum Kind: Hashable, Sendable {
        /// A linear map to `outputs` elements.
        case linear(outputs: Int)
        /// A linear map to `hidden` elements, ReLU, and a linear map to `outputs` elements, as SimCLR's.
        case mlp(hidden: Int, outputs: Int)
    }

    private let layers: [LinearLayer]

    /// Makes a head of `kind` for rows of `features` elements. On disk its maps are `head.0` and, behind the ReLU,
    /// `head.2`.
    public init(_ kind: Kind, features: Int) {
        switch kind {
        case .linear(let outputs):
            layers = [LinearLayer("head.0", from: .features(features), to: .features(outputs))]
        case .mlp(let hidden, let outputs):
            layers = [
                LinearLayer("head.0", from: .features(features), to: .features(hidden)),
                LinearLayer("head.2", from: .features(hidden), to: .features(outputs)),
            ]
        }
    }

    public var parameters: [Parameter] { layers.flatMap(\.parameters) }

    /// The projections [N, outputs] of features [N, D].
    public func callAsFunction(_ features: Value, _ mode: Mode) -> Value {
        layers.dropFirst().reduce(layers[0](features, mode)) { $1($0.relu(), mode) }
    }
}
