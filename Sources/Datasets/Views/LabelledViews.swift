// Plain views for evaluation: every drawing once, not augmented.

import Imaging
public import TensorCore

/// Views of known classes.
public struct LabelledViews: Hashable, Sendable {
    /// The views, float32 [N, S, S, 1] in [0, 1], ink = 1: resized by the antialiased triangle filter, nothing else.
    public let images: Tensor
    /// The class of each view, from 0.
    public let labels: [Int32]
    /// The place of each view among those of its class, from 0: on Omniglot the drawer's number less 1.
    public let drawers: [Int32]

    /// The number of classes.
    public var classes: Int { labels.max().map { Int($0) + 1 } ?? 0 }

    /// The place of each of `labels` among its equals, from 0.
    static func places(of labels: [Int32]) -> [Int32] {
        var seen: [Int32: Int32] = [:]
        return labels.map { label in
            defer { seen[label, default: 0] += 1 }
            return seen[label, default: 0]
        }
    }

    /// Why the views cannot be told apart by `labelled` known ones of each class; `nil` where they can.
    public func obstacle(labelled: Int) -> String? {
        if Set(labels).count < 2 { return "all images are of one class" }
        return drawers.contains { $0 >= labelled }
            ? nil : "no class has more than evaluation.labelled=\(labelled) images"
    }

    /// The rows whose drawer lies in `range`, in order: drawers 0 to 4 are the memory of nearest neighbours, 5 to 19 its
    /// queries.
    public func rows(drawers range: Range<Int>) -> [Int] {
        drawers.indices.filter { range.contains(Int(drawers[$0])) }
    }
}

extension DrawingSet {
    /// Every drawing of every character, character by character and drawer by drawer; labels count the characters.
    public func evaluationViews(size: Int = 28) -> LabelledViews {
        let drawers = DrawnCharacter.drawerCount
        let count = characters.count * drawers
        let images = Views.tensor(count, size: size) { row, ink in
            let image = characters[row / drawers].drawings[row % drawers].image
            let whole = ViewParameters.whole(width: image.width, height: image.height)
            makeView(of: image, whole, augmentation: .none, size: size, into: ink)
        }
        return LabelledViews(
            images: images, labels: (0..<count).map { Int32($0 / drawers) },
            drawers: (0..<count).map { Int32($0 % drawers) })
    }
}

extension ImageFolder {
    /// Every image in the order of the folder; nil where some image lies in no class.
    public func evaluationViews(size: Int = 28) -> LabelledViews? {
        let labels = images.compactMap { $0.classIndex.map { Int32($0) } }
        guard labels.count == images.count else { return nil }
        return LabelledViews(images: views(size: size), labels: labels, drawers: LabelledViews.places(of: labels))
    }

    /// Every image in the order of the folder, float32 [N, S, S, 1] in [0, 1]: its central square, resized.
    public func views(size: Int = 28) -> Tensor {
        Views.tensor(images.count, size: size) { row, ink in
            let image = images[row].image
            let whole = ViewParameters.whole(width: image.width, height: image.height)
            makeView(of: image, whole, augmentation: .none, size: size, into: ink)
        }
    }
}
