// Max and average pooling over windows without overlap, and their gradients.

public import TensorCore

/// Square windows side by side; rows and columns that fill no window are left out (7 by 2 gives 3).
public struct PoolGeometry: Hashable, Sendable, CustomStringConvertible {
    /// The extent of a window, and the step from one to the next.
    public let window: Int

    /// Makes windows of `window` by `window`.
    public init(window: Int) {
        self.window = window
    }

    /// `window 2`.
    public var description: String { "window \(window)" }

    func outputShape(_ images: Shape) throws(ShapeError) -> Shape {
        guard images.rank == 4, (1...15).contains(window), images[1] >= window, images[2] >= window else {
            throw ShapeError("windows of \(window) on \(images), expected images [N, H, W, C] and 1 to 15")
        }
        return [images[0], images[1] / window, images[2] / window, images[3]]
    }
}

extension Op {
    /// y = the maximum of each window, and its place in the window, row by row from 0; of equal elements the first
    /// counts, and NaN counts as the largest. Input [N,H,W,C]; outputs float32 [N,P,Q,C], uint8 [N,P,Q,C].
    public struct MaxPool: OperationRule, Hashable {
        /// The windows.
        public let geometry: PoolGeometry
        public var name: String { "maxPool" }
        public var attributes: String { "\(geometry)" }

        /// Makes a max pooling of `geometry`.
        public init(_ geometry: PoolGeometry) {
            self.geometry = geometry
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            let output = try geometry.outputShape(inputs[0].shape)
            return [TensorType(.float32, output), TensorType(.uint8, output)]
        }
    }

    /// dx = dy at the place of each window's maximum, else 0. Inputs: dy [N,P,Q,C], uint8 places [N,P,Q,C]; output
    /// [N,H,W,C].
    public struct MaxPoolBackward: OperationRule, Hashable {
        /// The windows.
        public let geometry: PoolGeometry
        /// The shape [N,H,W,C] of the pooled images.
        public let inputShape: Shape
        public var name: String { "maxPoolBackward" }
        public var attributes: String { "\(geometry)" }

        /// Makes the gradient by images of `inputShape`.
        public init(_ geometry: PoolGeometry, inputShape: Shape) {
            (self.geometry, self.inputShape) = (geometry, inputShape)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            let output = try geometry.outputShape(inputShape)
            try inputs.expectCount(2...2)
            guard inputs == [TensorType(.float32, output), TensorType(.uint8, output)] else {
                throw ShapeError("inputs \(inputs[0]) and \(inputs[1]), expected float32 and uint8 of \(output)")
            }
            return [TensorType(.float32, inputShape)]
        }
    }

    /// y = the mean of each window. Input [N,H,W,C]; output [N,P,Q,C].
    public struct AveragePool: OperationRule, Hashable {
        /// The windows.
        public let geometry: PoolGeometry
        public var name: String { "averagePool" }
        public var attributes: String { "\(geometry)" }

        /// Makes an average pooling of `geometry`.
        public init(_ geometry: PoolGeometry) {
            self.geometry = geometry
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            return [TensorType(.float32, try geometry.outputShape(inputs[0].shape))]
        }
    }

    /// dx = dy / window^2 in every window, 0 outside. Input dy [N,P,Q,C]; output [N,H,W,C].
    public struct AveragePoolBackward: OperationRule, Hashable {
        /// The windows.
        public let geometry: PoolGeometry
        /// The shape [N,H,W,C] of the pooled images.
        public let inputShape: Shape
        public var name: String { "averagePoolBackward" }
        public var attributes: String { "\(geometry)" }

        /// Makes the gradient by images of `inputShape`.
        public init(_ geometry: PoolGeometry, inputShape: Shape) {
            (self.geometry, self.inputShape) = (geometry, inputShape)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(1)
            try inputs.expect(0, shape: try geometry.outputShape(inputShape), of: "the output's gradient")
            return [TensorType(.float32, inputShape)]
        }
    }
}
