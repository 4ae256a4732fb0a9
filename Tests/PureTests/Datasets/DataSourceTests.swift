// What `--data` reads, and what it says of anything else.

import Datasets
import Diptych
import Testing

@Suite struct DataSourceTests {
    @Test(arguments: [
        ("omniglot:/data/omniglot", DataSource.omniglot(folder: "/data/omniglot")), ("glyphs", .glyphs(seed: 0)),
        ("glyphs:12", .glyphs(seed: 12)), ("images:C:/my images", .images(folder: "C:/my images")),
        ("pairs:x.safetensors", .pairs(file: "x.safetensors")),
    ]) func formsAreRead(text: String, source: DataSource) throws {
        #expect(try DataSource(parsing: text) == source)
        #expect(source.description == text)
    }

    @Test(arguments: ["", "omniglot", "omniglot:", "images:", "pairs", "glyphs:-1", "glyphs:", "mnist:/data", "Glyphs"])
    func anythingElseIsRefused(text: String) {
        let error = #expect(throws: DatasetError.self) { try DataSource(parsing: text) }
        for form in DataSource.forms { #expect(error?.description.contains(form) == true) }
    }
}
