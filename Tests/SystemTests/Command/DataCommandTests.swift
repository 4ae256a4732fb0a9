// `diptych data`: pictures of pairs, and what is said of data that cannot be used.

import DiptychCommand
import Foundation
import Imaging
import TensorCore
import Testing

@Suite struct DataCommandTests {
    @Test func gridShowsBothViewsOfAPairSideBySide() {
        let blank = Tensor([2, 8, 8, 1], repeating: 0)
        let black = Tensor([2, 8, 8, 1], repeating: 1)
        let image = PairGrid.image(view1: blank, view2: black, count: 2)
        #expect(image.width == 2 * (2 * 24 + 18))
        #expect(image.height == 24 + 12)
        #expect(image[6, 6] == 255 && image[29, 29] == 255, "the first view")
        #expect(image[6 + 27, 6] == 0, "the second view")
        #expect(image[0, 0] == 200 && image[65, 6] == 200, "between the pairs")
    }

    @Test func previewDrawsTheEmbeddedDrawings() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diptych-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let out = folder.appending(path: "pairs.png").path
        let run = try ProgramRun(["data", "preview", "glyphs", "--pairs", "6", "--out", out])
        #expect(run.status == 0, "\(run.messages)")
        #expect(run.output.isEmpty)
        #expect(run.messages == "6 pairs of glyphs in \(out)\n")
        let image = try GrayImage(contentsOf: out)
        #expect(image.pixels.contains(0) && image.pixels.contains(255))
    }

    @Test func dataThatCannotBeUsedIsNamed() throws {
        let missing = try ProgramRun(["data", "preview", "omniglot:/nowhere"])
        #expect(missing.status == 65)
        #expect(missing.messages.hasPrefix("error: cannot read /nowhere"))
        let unknown = try ProgramRun(["data", "preview", "mnist"])
        #expect(unknown.status == 2)
        #expect(unknown.messages.hasPrefix("error: 'mnist' is no data set"))
        #expect(unknown.messages.contains("there is no kind 'mnist', and no file or folder of that name; known are"))
        let nothing = try ProgramRun(["data", "preview", "nowhere/images"])
        #expect(nothing.status == 65)
        #expect(nothing.messages == "error: cannot read nowhere/images: no such file or folder\n")
        let kind = try ProgramRun(["data", "preview", "jpeg", "--out", "x.jpg"])
        #expect(kind.status == 2)
        #expect(kind.messages.hasPrefix("error: --out: 'x.jpg' does not end in .png"))
        let many = try ProgramRun(["data", "preview", "/proc/self/fdinfo"])
        #expect(many.status == 65)
        let place = try ProgramRun(["data", "preview", "glyphs", "--out", "/nowhere/a.png"])
        #expect(place.status == 73)
    }

    @Test func verifyNamesEveryFaultAndExits65() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diptych-" + UUID().uuidString)
        let character = folder.appending(path: "images_background/Latin/character01")
        try FileManager.default.createDirectory(at: character, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("no picture".utf8).write(to: character.appending(path: "0001_01.png"))
        let run = try ProgramRun(["data", "verify", folder.path, "--json"])
        #expect(run.status == 65)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(json["isWhole"] as? Bool == false)
        let parts = try #require(json["parts"] as? [[String: Any]])
        #expect(parts.map { $0["name"] as? String } == ["background", "evaluation"])
        let faults = parts.flatMap { $0["faults"] as? [String] ?? [] }
        #expect(faults.contains { $0.contains("0001_01.png") })
        #expect(faults.contains { $0.contains("images_evaluation") })
        let plain = try ProgramRun(["data", "verify", folder.path])
        #expect(plain.status == 65)
        #expect(plain.messages.split(separator: "\n").count == faults.count)
    }

    @Test func aPathIsToldOnce() throws {
        let folder = TemporaryFolder()
        try TinyData.writeImages(to: folder.path("images"))
        try Data("no image".utf8).write(to: folder.url.appending(path: "images/bad.png"))
        let verified = try ProgramRun(["data", "verify", folder.path("images")])
        #expect(verified.status == 65)
        #expect(
            verified.errors
                == [
                    "error: \(folder.path("images/bad.png")) is neither PNG nor JPEG: it starts with the bytes 6e 6f 20 69"
                ])
        let place = try ProgramRun(
            ["data", "fetch", "omniglot", "--to", "/proc/nowhere", "--from", "http://127.0.0.1:1"])
        #expect(place.status == 73)
        #expect(place.errors == ["error: cannot create /proc/nowhere: No such file or directory"])
    }

    @Test func viewsOfAnotherSizeNameTheirOwn() throws {
        let folder = TemporaryFolder()
        try TinyData.writePairs(8, size: 12, to: folder.path("pairs.safetensors"))
        let (file, out) = ("pairs:" + folder.path("pairs.safetensors"), ["--out", folder.path("pairs.png")])
        let preview = try ProgramRun(["data", "preview", file] + out)
        #expect(preview.status == 65)
        #expect(preview.messages.contains("encoder.inputSize=12, or --size 12 in a preview, takes it"))
        #expect(try ProgramRun(["data", "preview", file, "--size", "12"] + out).status == 0)
        let verified = try ProgramRun(["data", "verify", file])
        #expect(verified.status == 0, "\(verified.messages)")
        #expect(verified.output.contains("8 pairs"))
    }

    @Test func fetchLooksAtTheFilesThatAreThere() throws {
        let folder = TemporaryFolder()
        try Data("no zip".utf8).write(to: folder.url.appending(path: "images_background.zip"))
        let run = try ProgramRun(
            ["data", "fetch", "omniglot", "--to", folder.url.path, "--from", "http://127.0.0.1:1"])
        #expect(run.status == 65)
        #expect(
            run.messages
                == "error: \(folder.path("images_background.zip")) is malformed: it has 6 bytes, not 9464212; "
                + "move it away, and run the command again to fetch it\n")
        #expect(try folder.names() == ["images_background.zip"])
    }

    @Test func fetchThatCannotReachItsServerSaysSo() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diptych-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Nothing listens on port 1 of the loopback.
        let run = try ProgramRun(["data", "fetch", "omniglot", "--to", folder.path, "--from", "http://127.0.0.1:1"])
        #expect(run.status == 74, "\(run.messages)")
        #expect(run.messages.hasPrefix("error: fetching http://127.0.0.1:1/images_background.zip failed: "))
        #expect(run.messages.split(separator: "\n").count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(!names.contains("images_background.zip"))
    }
}
