// Gradients of the convolution and of its own gradients, which are linear in each operand and so each other's.

import GraphIR

extension Op.Convolution {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (images, filter, dy) = (node.inputs[0], node.inputs[1], node.gradient)
        // The gradient by the images comes last: those, and then dy, are no longer needed when its memory is.
        let filterGradient = images.convolutionBackwardFilter(dy, geometry, filterShape: filter.shape)
        let biasGradient = node.inputs.count == 3 ? dy.sum(over: [0, 1, 2]).reshape(node.inputs[2].shape) : nil
        let imageGradient = dy.convolutionBackwardInput(filter, geometry, inputShape: images.shape)
        return [imageGradient, filterGradient] + (biasGradient.map { [$0] } ?? [])
    }
}

extension Op.ConvolutionBackwardInput {
    func gradients(_ node: DifferentiatedNode) -> [Value?] {
        let (images, filter, gradient) = (node.inputs[0], node.inputs[1], node.gradient)
        let filterGradient = gradient.convolutionBackwardFilter(images, geometry, filterShape: filter.shape)
        return [gradient.convolution(filter, geometry), filterGradient]
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
