// `diptych data preview`: view pairs as a picture.

import Configuration
import Datasets
import Imaging
package import TensorCore
import TensorFiles

/// `diptych data preview`.
package struct DataPreviewCommand: Command {
    package var source = ""
    package var out = "preview.png"
    package var pairs = 24
    package var size = 28
    package var signal = PairSignal.sameCharacter
    package var augmentation = Augmentation.authors
    package var seed: UInt64 = 0

    package init() {}

    package static let name = "data preview"
    package static let summary = "Draw view pairs as training sees them"
    package static let discussion =
        "Writes a PNG: the two views of a pair side by side, ink black, each pixel enlarged."
    package static let operands: [Operand<Self>] = [
        .required("SOURCE", \.source, .dataSource, "glyphs, omniglot:DIR, images:DIR, pairs:FILE, or a path")
    ]
    package static let options: [Option<Self>] = [
        .value("out", "FILE.png", \.out, .path, "the picture"),
        .value("pairs", "N", \.pairs, .integer(1...600), "pairs to draw"),
        .value("size", "N", \.size, .integer(8...256), "height and width of a view in pixels"),
        .value("signal", "KIND", \.signal, .choice, "sameCharacter or augmentation"),
        .value("augmentation", "KIND", \.augmentation, .choice, "authors, single or none"),
        .value("seed", "N", \.seed, .integer(0...UInt64.max), "seed of the choices"),
    ]
    package static let examples = [
        Example("diptych data preview glyphs --augmentation single", "the embedded drawings"),
        Example("diptych data preview ~/omniglot --out pairs.png", "Omniglot, by its folder"),
    ]

    package func run(on console: Console) throws -> ExitCode {
        guard out.hasSuffix(".png") else {
            throw UsageError.invalidValue(
                argument: "--out", reason: "'\(out)' does not end in .png", command: Self.name)
        }
        var settings = ViewPairs.Settings(pairsPerBatch: pairs)
        (settings.signal, settings.augmentation, settings.size) = (signal, augmentation, size)
        settings.seed = seed
        let source = try DataSource(argument: source)
        let dataset = try Dataset(source)
        console.warn(of: dataset.skipped)
        let batch = try dataset.pairs(settings).batch(step: 0)
        let picture = PairGrid.image(view1: batch.view1, view2: batch.view2, count: pairs)
        try DurableFile.write(try picture.encodedPNG(), to: out)
        console.log("\(pairs) pairs of \(source) in \(out)")
        return .done
    }
}
