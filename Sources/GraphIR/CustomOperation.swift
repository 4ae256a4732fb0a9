// The door for strangers: an operation that is not in the list, as a value that brings all its rules.

public import TensorCore

/// An operation defined outside the package. It brings its shape rule, gradient, reference and kernel, and is then
/// treated like the primitives: printed, verified, differentiated, and, with an `OperationSample` of it, held against
/// the reference (`CrossCheck`) and against differences (`GradientCheck`). A program's `profile` tells its times.
public protocol CustomOperation: OperationRule {
    /// The gradients of the inputs as graph operations, `nil` for an input without one.
    ///
    /// - Parameters:
    ///   - inputs: the values that the operation was given.
    ///   - outputs: what it computed.
    ///   - outputGradients: the gradient of each output, `nil` where nothing depends on it.
    func gradients(inputs: [Value], outputs: [Value], outputGradients: [Value?]) -> [Value?]

    /// The definition: the outputs for `inputs`, computed in the plainest way.
    func reference(_ inputs: [Tensor]) -> [Tensor]

    /// The kernel, one work-item per element of the first output. `nil` is not possible: a device without the
    /// operation would be a silent fallback.
    var kernel: CustomKernel { get }
}

/// The OpenCL C of a custom operation.
public struct CustomKernel: Hashable, Sendable {
    /// The whole text of the program.
    public let source: String
    /// The kernel function. Its arguments are the inputs, then the outputs, each a `__global` pointer, and last the
    /// number of work-items as `uint`.
    public let function: String
    /// The number of work-items, along one dimension.
    public let workItems: Int

    /// Makes the kernel `function` of the program `source`, launched with `workItems`.
    public init(source: String, function: String, workItems: Int) {
        (self.source, self.function, self.workItems) = (source, function, workItems)
    }
}
