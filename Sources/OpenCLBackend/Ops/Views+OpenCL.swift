// Views: their parameters, a work-item per view, and their pixels, a work-item per pixel.

import GraphIR
import TensorCore

/// The build constants of `draw_views.cl`: the names of the random sequences.
private struct DrawingConstants: BuildConstants {
    let pair = Purpose.pair.rawValue
    let view = Purpose.view.rawValue
}

/// The build constants of `resample.cl`.
private struct ResamplingConstants: BuildConstants {
    /// The most samples along an axis that an output takes: those less than the half width of the filter, which is a
    /// pixel of the view or of the image, whichever is larger, from its centre.
    let taps: Int
}

extension Op.DrawViews {
    func launch(_ node: LoweredNode) -> Launch {
        let (count, recipe) = (node.outputShapes[1][0], drawing.recipe)
        let numbers = [
            recipe.degrees, recipe.shift, recipe.area.lowerBound, recipe.area.upperBound,
            recipe.aspectLogarithms.narrowest, recipe.aspectLogarithms.widest, recipe.aspect.lowerBound,
            recipe.aspect.upperBound,
        ]
        let differing =
            switch drawing.signal {
            case .sameCharacter: 1
            case .augmentation: 0
            }
        return node.launch(
            KernelCall(
                "draw_views", "draw_views", prelude: DrawingConstants().prelude,
                [
                    .uint32(count / 2), .uint32(Int(drawing.seed & 0xFFFF_FFFF)), .uint32(Int(drawing.seed >> 32)),
                    .uint32(drawing.imagesPerItem), .uint32(differing),
                ] + numbers.map { .float($0) } + node.inputs.map { .input($0) } + node.outputs.map { .output($0) },
                .row(count, on: node.target), work: Work(bytes: node.bytes)))
    }
}

extension Op.Resample {
    func launch(_ node: LoweredNode) -> Launch {
        let (count, pixels) = (node.outputShapes[0][0], size * size)
        let prelude = ResamplingConstants(taps: max(2, (2 * longestSide + size - 1) / size)).prelude
        let (prepare, function) =
            switch augmentation {
            case .authors: ("resample_prepare_authors", "resample_twice")
            case .single: ("resample_prepare_single", "resample_once")
            case .none: ("resample_prepare_none", "resample_twice")
            }
        let (tables, sizes) = (node.inputs[1...].map { Argument.input($0) }, [Argument.int32(count), .int32(size)])
        return node.launch(
            // Sixteen long integers of each view.
            scratchBytes: [16 * 8 * count],
            calls: [
                .kernel(
                    KernelCall(
                        "resample", prepare, prelude: prelude, sizes + tables + [.scratch(0)],
                        .row(count, on: node.target))),
                .kernel(
                    KernelCall(
                        "resample", function, prelude: prelude,
                        sizes + [.input(node.inputs[0])] + tables.prefix(2) + [.scratch(0), .output(node.outputs[0])],
                        .grid(pixels, count, on: node.target), work: Work(bytes: 4 * count * pixels))),
            ])
    }
}
