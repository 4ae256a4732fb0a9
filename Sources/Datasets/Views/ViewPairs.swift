// View pairs made of drawings or images, each a pure function of seed and step.

import Imaging
public import TensorCore

/// Two views of each of a batch of characters, or of images.
///
/// An epoch is a random order of all items, cut into batches; what does not fill the last one waits for the next epoch.
public struct ViewPairs: PairSource {
    /// How pairs are made.
    public struct Settings: Hashable, Sendable {
        /// The number of pairs in a batch.
        public var pairsPerBatch: Int
        /// What makes two views a pair.
        public var signal = PairSignal.sameCharacter
        /// How a view is resampled.
        public var augmentation = Augmentation.authors
        /// From which distributions the parameters of a view are drawn.
        public var recipe = AugmentationRecipe.paper
        /// The width and height of a view.
        public var size = 28
        /// What names all random choices.
        public var seed: UInt64 = 0

        /// Makes the settings of the paper's Omniglot experiment for batches of `pairsPerBatch`.
        public init(pairsPerBatch: Int) {
            self.pairsPerBatch = pairsPerBatch
        }
    }

    /// The sources of views: of each item one or more drawings, and a label.
    enum Items: Sendable {
        case characters(DrawingSet)
        case images([FolderImage])

        var count: Int {
            switch self {
            case .characters(let set): set.characters.count
            case .images(let images): images.count
            }
        }

        /// The number of images of each item.
        var imagesPerItem: Int {
            switch self {
            case .characters: DrawnCharacter.drawerCount
            case .images: 1
            }
        }

        /// Image `index`, counted item by item.
        func image(_ index: Int) -> GrayImage {
            let (item, place) = index.quotientAndRemainder(dividingBy: imagesPerItem)
            return switch self {
            case .characters(let set): set.characters[item].drawings[place].image
            case .images(let images): images[item].image
            }
        }
    }

    /// How the pairs are made.
    public let settings: Settings
    let items: Items

    /// Makes pairs of the characters of `drawings`.
    ///
    /// Throws `tooFewItems` where they do not fill one batch.
    public init(of drawings: DrawingSet, _ settings: Settings) throws(DatasetError) {
        try self.init(.characters(drawings), settings, source: "the split '\(drawings.split)'")
    }

    /// Makes pairs of the images of `folder`: two augmentations of each, whatever the signal.
    ///
    /// Throws `tooFewItems` where they do not fill one batch.
    public init(of folder: ImageFolder, _ settings: Settings) throws(DatasetError) {
        try self.init(.images(folder.images), settings, source: folder.path)
    }

    private init(_ items: Items, _ settings: Settings, source: String) throws(DatasetError) {
        precondition(settings.pairsPerBatch > 0 && settings.size > 0, "ViewPairs: \(settings)")
        guard items.count >= settings.pairsPerBatch else {
            throw .tooFewItems(source: source, items: items.count, batch: settings.pairsPerBatch)
        }
        (self.items, self.settings) = (items, settings)
    }

    /// The number of items, which are characters or images.
    public var itemCount: Int { items.count }

    /// The number of pairs in a batch.
    public var pairsPerBatch: Int { settings.pairsPerBatch }

    /// The number of whole batches in an epoch.
    public var stepsPerEpoch: Int { items.count / pairsPerBatch }

    /// How the views of an item are drawn.
    public var drawing: ViewDrawing {
        ViewDrawing(
            seed: settings.seed, signal: settings.signal, recipe: settings.recipe, imagesPerItem: items.imagesPerItem)
    }

    /// The items of the batch of `step`, counted from 0.
    public func order(step: Int) -> [Int] {
        precondition(step >= 0, "ViewPairs: step \(step)")
        let (epoch, place) = (step / stepsPerEpoch, step % stepsPerEpoch)
        var generator = Purpose.order.generator(seed: settings.seed, epoch)
        let order = generator.nextPermutation(of: items.count)
        return Array(order[place * pairsPerBatch..<(place + 1) * pairsPerBatch])
    }

    /// The batch of `step`, counted from 0.
    public func batch(step: Int) -> PairBatch {
        let (order, drawing) = (order(step: step), drawing)
        let views = [0, 1].map { view in
            Views.tensor(order.count, size: settings.size) { row, ink in
                let item = order[row]
                let place = drawing.image(ofItem: item, step: step, view: view)
                let image = items.image(item * drawing.imagesPerItem + place)
                let parameters = drawing.parameters(
                    ofItem: item, step: step, view: view, width: image.width, height: image.height)
                makeView(
                    of: image, parameters, augmentation: settings.augmentation, size: settings.size, into: ink)
            }
        }
        return PairBatch(view1: views[0], view2: views[1], labels: labels(order))
    }

    private func labels(_ order: [Int]) -> [Int32]? {
        switch items {
        case .characters: return order.map { Int32($0) }
        case .images(let images):
            let classes = order.compactMap { images[$0].classIndex.map { Int32($0) } }
            return classes.count == order.count ? classes : nil
        }
    }
}
