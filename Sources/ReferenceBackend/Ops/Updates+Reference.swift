// The definitions of the optimizers' updates.

import Glibc
import GraphIR
import TensorCore

extension Op.Adam {
    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
        let (parameter, gradient) = (inputs[0].floats, inputs[1].floats)
        let (first, second) = (inputs[2].floats, inputs[3].floats)
        let (rate, step) = (Double(inputs[4].floats[0]), Double(inputs[5].floats[0]))
        let (beta1, beta2) = (Double(beta1), Double(beta2))
        let firstCorrection = 1 - pow(beta1, step)
        let secondCorrection = 1 - pow(beta2, step)
        var (newParameter, newFirst, newSecond): ([Float], [Float], [Float]) = ([], [], [])
        for index in parameter.indices {
            let g = Double(gradient[index]) + Double(weightDecay) * Double(parameter[index])
            let m = beta1 * Double(first[index]) + (1 - beta1) * g
            let v = beta2 * Double(second[index]) + (1 - beta2) * g * g
            let move = m / firstCorrection / ((v / secondCorrection).squareRoot() + Double(epsilon))
            newParameter.append(Float(Double(parameter[index]) - rate * move))
            newFirst.append(Float(m))
            newSecond.append(Float(v))
        }
        let shape = inputs[0].shape
        return [Tensor(shape, newParameter), Tensor(shape, newFirst), Tensor(shape, newSecond)]
    }
}

extension Op.Momentum {
    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
        let (parameter, gradient, sum) = (inputs[0].floats, inputs[1].floats, inputs[2].floats)
        let rate = Double(inputs[3].floats[0])
        let sums = parameter.indices.map { index in
            Double(momentum) * Double(sum[index]) + Double(gradient[index])
                + Double(weightDecay) * Double(parameter[index])
        }
        let moved = zip(parameter, sums).map { Float(Double($0) - rate * $1) }
        return [Tensor(inputs[0].shape, moved), Tensor(inputs[0].shape, sums.map { Float($0) })]
    }
}
