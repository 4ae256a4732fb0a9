// The 2-D convolution and its two gradients; the gradient of its input is the transposed convolution.

public import TensorCore

/// How a filter moves over an image: the same stride and zero padding along rows and columns.
public struct ConvolutionGeometry: Hashable, Sendable, CustomStringConvertible {
    /// The step of the filter, in pixels.
    public let stride: Int
    /// The rows and columns of zeros on each side of the image.
    public let padding: Int

    /// Makes the geometry of `stride` and `padding`.
    public init(stride: Int = 1, padding: Int = 0) {
        (self.stride, self.padding) = (stride, padding)
    }

    /// The number of positions of a filter of extent `filter` along an image of extent `input`.
    public func outputExtent(input: Int, filter: Int) -> Int {
        let room = input + 2 * padding - filter
        return room < 0 ? 0 : room / stride + 1
    }

    /// `stride 2, padding 1`.
    public var description: String { "stride \(stride), padding \(padding)" }

    func outputShape(_ input: Shape, _ filter: Shape) throws(ShapeError) -> Shape {
        let (p, q) = (
            outputExtent(input: input[1], filter: filter[0]), outputExtent(input: input[2], filter: filter[1])
        )
        guard stride > 0, padding >= 0, p > 0, q > 0 else {
            throw ShapeError("a filter \(filter) with \(self) has no position on \(input)")
        }
        guard input[3] == filter[2] else {
            throw ShapeError("images have \(input[3]) channels, the filter \(filter) takes \(filter[2])")
        }
        return [input[0], p, q, filter[3]]
    }
}

extension Op {
    /// y[n,p,q,k] = bias[k] + sum over r,s,c of x[n, p stride + r - padding, q stride + s - padding, c] w[r,s,c,k],
    /// where x is 0 outside. Inputs: images [N,H,W,C], filter [R,S,C,K], optionally bias [K]; output [N,P,Q,K].
    ///
    /// A backend may compute it, and its gradients, in tiles (Winograd's F(4x4, 3x3) for 3x3 filters with stride 1 and
    /// padding 1): an infinity or NaN then makes its whole tile of 4 by 4 outputs NaN, also where the sum above does not
    /// reach it, and rounding errors are by the size of the tile's largest terms.
    public struct Convolution: OperationRule, Hashable {
        /// Stride and padding.
        public let geometry: ConvolutionGeometry
        public var name: String { "convolution" }
        public var attributes: String { "\(geometry)" }

        /// Makes a convolution of `geometry`.
        public init(_ geometry: ConvolutionGeometry) {
            self.geometry = geometry
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expectCount(2...3)
            try inputs.expect(inputs.count)
            let images = try inputs.shape(0, rank: 4, of: "the batch of images")
            let filter = try inputs.shape(1, rank: 4, of: "the filter")
            let output = try geometry.outputShape(images, filter)
            if inputs.count == 3 { try inputs.expect(2, shape: [filter[3]], of: "the bias") }
            return [TensorType(.float32, output)]
        }
    }

    /// dx[n,h,w,c] = sum over all r,s,k,p,q with h = p stride + r - padding and w = q stride + s - padding of
    /// dy[n,p,q,k] w[r,s,c,k]. Inputs: dy [N,P,Q,K], filter [R,S,C,K]; output [N,H,W,C].
    ///
    /// Read forward, it is the transposed convolution from K to C channels.
    public struct ConvolutionBackwardInput: OperationRule, Hashable {
        /// Stride and padding of the convolution whose gradient this is.
        public let geometry: ConvolutionGeometry
        /// The shape [N,H,W,C] of that convolution's images.
        public let inputShape: Shape
        public var name: String { "convolutionBackwardInput" }
        public var attributes: String { "\(geometry)" }

        /// Makes the gradient by images of `inputShape`.
        public init(_ geometry: ConvolutionGeometry, inputShape: Shape) {
            (self.geometry, self.inputShape) = (geometry, inputShape)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(2)
            let filter = try inputs.shape(1, rank: 4, of: "the filter")
            guard inputShape.rank == 4 else { throw ShapeError("images \(inputShape), expected 4 axes") }
            try inputs.expect(0, shape: try geometry.outputShape(inputShape, filter), of: "the output's gradient")
            return [TensorType(.float32, inputShape)]
        }
    }

    /// dw[r,s,c,k] = sum over n,p,q of x[n, p stride + r - padding, q stride + s - padding, c] dy[n,p,q,k].
    /// Inputs: images [N,H,W,C], dy [N,P,Q,K]; output [R,S,C,K].
    public struct ConvolutionBackwardFilter: OperationRule, Hashable {
        /// Stride and padding of the convolution whose gradient this is.
        public let geometry: ConvolutionGeometry
        /// The shape [R,S,C,K] of that convolution's filter.
        public let filterShape: Shape
        public var name: String { "convolutionBackwardFilter" }
        public var attributes: String { "\(geometry)" }

        /// Makes the gradient by a filter of `filterShape`.
        public init(_ geometry: ConvolutionGeometry, filterShape: Shape) {
            (self.geometry, self.filterShape) = (geometry, filterShape)
        }

        public func outputTypes(_ inputs: [TensorType]) throws(ShapeError) -> [TensorType] {
            try inputs.expect(2)
            let images = try inputs.shape(0, rank: 4, of: "the batch of images")
            guard filterShape.rank == 4 else { throw ShapeError("filter \(filterShape), expected 4 axes") }
            try inputs.expect(1, shape: try geometry.outputShape(images, filterShape), of: "the output's gradient")
            return [TensorType(.float32, filterShape)]
        }
    }
}
