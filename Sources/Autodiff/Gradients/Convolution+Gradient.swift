// Gradients of the convolution and of its own gradients, which are linear in each operand and so each other's.

import GraphIR

extension Op.Convolution {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (images, filter, dy) = (node.inputs[0], node.inputs[1], node.gradient)
        let gradients: [Value?] = [
            dy.convolutionBackwardInput(filter, geometry, inputShape: images.shape),
            images.convolutionBackwardFilter(dy, geometry, filterShape: filter.shape),
        ]
        guard node.inputs.count == 3 else { return gradients }
        return gradients + [dy.sum(over: [0, 1, 2]).reshape(node.inputs[2].shape)]
    }
}

extension Op.ConvolutionBackwardInput {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (images, filter, gradient) = (node.inputs[0], node.inputs[1], node.gradient)
        return [
            gradient.convolution(filter, geometry),
            gradient.convolutionBackwardFilter(images, geometry, filterShape: filter.shape),
        ]
    }
}

extension Op.ConvolutionBackwardFilter {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (images, outputGradient, filter) = (node.inputs[0], node.inputs[1], node.gradient)
        return [
            outputGradient.convolutionBackwardInput(filter, geometry, inputShape: images.shape),
            images.convolution(filter, geometry),
        ]
    }
}
