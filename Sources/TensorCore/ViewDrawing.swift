// The random choices behind a pair of views, each a pure function of seed, step, item and view: one definition for the
// views that the host makes and for those that a device makes.

/// What makes two views a pair (the self-supervised signal).
public enum PairSignal: String, Hashable, Sendable, CaseIterable {
    /// Two drawings of one character, drawn with replacement as in the authors' code, each augmented.
    case sameCharacter
    /// Two augmentations of one drawing, as in SimCLR.
    case augmentation
}

/// How a view is resampled from its image.
public enum Augmentation: String, Hashable, Sendable, CaseIterable {
    /// As the authors' code: turned and shifted by nearest neighbours with an **ink** border, then cropped and resized.
    case authors
    /// One antialiased resampling from the source, with a paper border.
    case single
    /// The image as it is (its central square), resized.
    case none
}

/// How the views of an item are drawn, view 0 and view 1: which of its images each shows, and with which parameters.
public struct ViewDrawing: Hashable, Sendable {
    /// What names all random choices.
    public var seed: UInt64
    /// What makes two views a pair.
    public var signal: PairSignal
    /// From which distributions the parameters of a view are drawn.
    public var recipe: AugmentationRecipe
    /// The images of each item: the drawings of a character, or 1.
    public var imagesPerItem: Int

    /// Makes the drawing of views of items that have `imagesPerItem` images each.
    public init(
        seed: UInt64, signal: PairSignal = .sameCharacter, recipe: AugmentationRecipe = .paper, imagesPerItem: Int
    ) {
        precondition(imagesPerItem > 0, "ViewDrawing: \(imagesPerItem) images of an item")
        (self.seed, self.signal, self.recipe, self.imagesPerItem) = (seed, signal, recipe, imagesPerItem)
    }

    /// Which of the images of `item` is shown by `view` in `step`.
    public func image(ofItem item: Int, step: Int, view: Int) -> Int {
        var generator = Purpose.pair.generator(seed: seed, step, item)
        let pair = [generator.nextInteger(below: imagesPerItem), generator.nextInteger(below: imagesPerItem)]
        return switch signal {
        case .sameCharacter: pair[view]
        case .augmentation: pair[0]
        }
    }

    /// The parameters of `view` of `item` in `step`, whose image has `width` x `height` pixels.
    public func parameters(ofItem item: Int, step: Int, view: Int, width: Int, height: Int) -> ViewParameters {
        var generator = Purpose.view.generator(seed: seed, step, 2 * item + view)
        return recipe.draw(width: width, height: height, using: &generator)
    }
}
