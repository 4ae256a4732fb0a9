// The YAML tree: places, limits, and what a configuration refuses.

import Configuration
import Testing

@Suite struct YAMLNodeTests {
    private func parse(_ text: String) throws(ConfigurationError) -> ConfigurationNode {
        try ConfigurationNode.parse(text.utf8, name: "run.yaml")
    }

    private func failure(_ text: String) -> String {
        do throws(ConfigurationError) {
            return "no error: \(try parse(text))"
        } catch {
            return error.description
        }
    }

    @Test func nodesKnowWhereTheyStand() throws {
        let root = try parse("data:\n  batch: 64\n  list: [1, 'null']\n")
        guard case .mapping(let sections) = root.content, case .mapping(let keys) = sections[0].value.content else {
            Issue.record("no nested mapping in \(root)")
            return
        }
        #expect(keys.map(\.key) == ["batch", "list"])
        #expect(keys[0].place == .file("run.yaml", line: 2, column: 3))
        #expect(keys[0].value.place == .file("run.yaml", line: 2, column: 10))
        #expect(keys[0].value.content == .scalar("64", quoted: false))
        guard case .sequence(let elements) = keys[1].value.content else {
            Issue.record("no list in \(keys[1])")
            return
        }
        #expect(elements.map(\.isNull) == [false, false])
        #expect(elements[1].content == .scalar("null", quoted: true))
    }

    @Test(arguments: ["", "\n\n", "# only a comment\n", "---\n", "--- ~\n...\n"])
    func nothingIsAnEmptyMapping(text: String) throws {
        #expect(try parse(text).content == .mapping([]))
    }

    @Test func hostileDocumentsAreRefused() {
        #expect(failure("a: 1\nb: 2\na: 3\n") == "run.yaml:3:1: 'a' stands twice; keep one")
        #expect(failure("a: &x 1\n").hasPrefix("run.yaml:1:4: an anchor"))
        #expect(failure("a: *x\n").hasPrefix("run.yaml:1:4: an alias"))
        #expect(failure("a: !!str 1\n").hasPrefix("run.yaml:1:4: a tag"))
        #expect(failure("a: 1\n---\nb: 2\n").contains("a second document"))
        #expect(failure("[a]: 1\n").contains("a key must be a plain text"))
        #expect(failure("a: [1, 2\n").hasPrefix("run.yaml:2:1: "))
        #expect(failure("a: \"open\n").hasPrefix("run.yaml:2:1: "))
    }

    @Test func depthAndSizeAreBounded() throws {
        let limit = ConfigurationNode.depthLimit
        let deepest = String(repeating: "[", count: limit - 1) + "1" + String(repeating: "]", count: limit - 1)
        #expect(throws: Never.self) { try parse(deepest) }
        #expect(failure("[" + deepest + "]").contains("nested deeper than 32 levels"))
        #expect(failure(String(repeating: "[", count: 1 << 20)).contains("nested deeper"))
        let long = String(repeating: "#", count: ConfigurationNode.byteLimit)
        #expect(throws: Never.self) { try parse(long) }
        #expect(failure(long + "#") == "run.yaml: a configuration holds at most 1048576 bytes")
    }

    @Test func bytesThatAreNoTextHaveAPlace() {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationNode.parse([0x61, 0x3A, 0x20, 0x31, 0x0A, 0x62, 0xFF], name: "run.yaml")
        }
        do throws(ConfigurationError) {
            _ = try ConfigurationNode.parse([0x61, 0x3A, 0x20, 0x31, 0x0A, 0x62, 0xFF], name: "run.yaml")
        } catch {
            #expect(error.description.hasPrefix("run.yaml:2:2: "))
        }
    }

    @Test func everyPrefixAndEveryFlippedBitEndsInANodeOrAnError() {
        let text = Array("data: {batch: 64, x: [1, 'a', \"b\\n\"]}\nseed: |\n  7\n# end\n".utf8)
        for count in 0...text.count { _ = try? ConfigurationNode.parse(text.prefix(count), name: "run.yaml") }
        for index in text.indices {
            for bit in 0..<8 {
                var flipped = text
                flipped[index] ^= 1 << bit
                _ = try? ConfigurationNode.parse(flipped, name: "run.yaml")
            }
        }
    }
}
