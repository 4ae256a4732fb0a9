// What the README shows is what compiles, runs and is accepted.

import Diptych
import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test(
        "the examples are the code that the tests compile",
        arguments: [
            ("LibraryExample", "README.md"), ("OwnLossExample", "README.md"),
            ("OwnOperationExample", "Sources/README.md"),
        ])
    func exampleIsCompiled(name: String, document: String) throws {
        let file = try Self.text("Tests/SystemTests/\(name).swift")
        let begin = try #require(file.range(of: "// example begins\n"))
        let end = try #require(file.range(of: "// example ends"))
        let example = String(file[begin.upperBound..<end.lowerBound])
        #expect(try Self.text(document).contains("```swift\n\(example)```\n"))
    }

    @Test("the packages that a dependent package needs are those that the build installs")
    func packages() throws {
        let makefile = try Self.text("Makefile").replacing("\\\n", with: "")
        let line = try #require(makefile.split(separator: "\n").first { $0.hasPrefix("PACKAGES := ") })
        let readme = try Self.text("README.md").replacing("\\\n", with: "")
        let install = try #require(readme.split(separator: "\n").first { $0.hasPrefix("apt-get install ") })
        #expect(Set(line.split(separator: " ").dropFirst(2)) == Set(install.split(separator: " ").dropFirst(2)))
    }

    @Test("the example trains and embeds")
    func exampleRuns() throws {
        let (losses, features) = try trainSmallEncoder(on: ReferenceBackend())
        #expect(losses.allSatisfy { $0.isFinite })
        #expect(losses[7] < losses[0])
        #expect(features.shape == [16, 32])
        for row in 0..<16 {
            let squares = features.floats[row * 32..<(row + 1) * 32].reduce(0) { $0 + $1 * $1 }
            #expect(abs(squares - 1) < 1e-5)
        }
    }

    @Test("the example of a loss of one's own trains", arguments: TestDevice.all)
    func ownLossRuns(device: TestDevice) throws {
        let drawings = Glyphs(seed: 1).drawings(.background, size: .init(alphabets: 2, characters: 32))
        var settings = ViewPairs.Settings(pairsPerBatch: 16)
        settings.size = 16
        let pairs = try ViewPairs(of: drawings, settings)
        var sizes = Encoder.Sizes()
        (sizes.inputSize, sizes.channels, sizes.features) = (16, 8, 32)
        let losses =
            switch device {
            case .reference: try trainWithOwnLoss(Encoder(sizes), on: pairs, with: ReferenceBackend())
            case .openCL: try trainWithOwnLoss(Encoder(sizes), on: pairs, with: TestDevice.openBackend())
            }
        #expect(losses.count == 8 && losses.allSatisfy(\.isFinite))
        #expect(losses[7] < losses[0])
    }

    @Test("the example of an operation of one's own is right")
    func ownOperationRuns() throws {
        #expect(checkSoftsign(on: ReferenceBackend()) == [])
        if TestDevice.isOpenCLTested { #expect(checkSoftsign(on: try TestDevice.openBackend()) == []) }
    }

    @Test("the results are those of the committed run")
    func resultsAreCommitted() throws {
        let metrics = try Self.text("benchmarks/results/omniglot-100-epochs-pocl/metrics.jsonl").split(separator: "\n")
        let readme = try Self.text("README.md")
        let records = try metrics.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        let accuracies = records.compactMap { ($0?["evaluation"] as? [String: Any])?["accuracy"] as? Double }
        #expect(accuracies.count == 6)
        for accuracy in accuracies {
            #expect(readme.contains(String(format: "%.2f", 100 * accuracy)))
        }
    }
}
