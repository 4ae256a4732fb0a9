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

    @Test("the example is the code that the tests compile")
    func exampleIsCompiled() throws {
        let file = try Self.text("Tests/SystemTests/LibraryExample.swift")
        let begin = try #require(file.range(of: "// example begins\n"))
        let end = try #require(file.range(of: "// example ends"))
        let example = String(file[begin.upperBound..<end.lowerBound])
        let readme = try Self.text("README.md")
        #expect(readme.contains("```swift\n\(example)```\n"))
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
