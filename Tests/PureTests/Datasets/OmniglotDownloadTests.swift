// Downloads that break off, go on, or bring something else.

import Datasets
import Diptych
import Synchronization
import TensorFiles
import Testing

@Suite final class OmniglotDownloadTests {
    private let scratch: ScratchFolder
    private let body = (0..<200_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 11) }
    private let file = OmniglotDownload.File(
        name: "images_background.zip", byteCount: 200_000, md5: "71a52f40983340141bebb2b14e7ecc4b")

    init() throws {
        scratch = try ScratchFolder()
    }

    private func fetch(from server: TinyServer) throws(DatasetError) {
        // Other tests may keep every core, and so the server, busy for minutes.
        let download = OmniglotDownload(from: server.address + "/", files: [file], patience: 600)
        try download.fetch(to: scratch.file("new/folder"))
    }

    private var fetched: [UInt8]? { try? scratch.bytes("new/folder/images_background.zip") }
    private var part: [UInt8]? { try? scratch.bytes("new/folder/images_background.zip.part") }

    private func expectFailure(_ server: TinyServer, _ words: String) {
        let error = #expect(throws: DatasetError.self) { try fetch(from: server) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("http://127.0.0.1:\(server.port)/folder/images_background.zip") == true)
        #expect(fetched == nil)
    }

    @Test func aWholeFileTakesItsName() throws {
        let server = TinyServer(body, .honest)
        let received = Mutex<[Int]>([])
        let download = OmniglotDownload(from: server.address, files: [file])
        try download.fetch(to: scratch.file("new/folder")) { progress in
            received.withLock { $0.append(progress.received) }
        }
        #expect(fetched == body)
        #expect(part == nil)
        #expect(received.withLock { $0.last == 200_000 && $0 == $0.sorted() })
        try fetch(from: server)
        #expect(server.requestedStarts == [0])
    }

    @Test func aBrokenDownloadGoesOnWhereItStopped() throws {
        let server = TinyServer(body, .closingAfter(70_001), .closingAfter(10), .honest)
        expectFailure(server, "run the command again")
        #expect(part == Array(body[..<70_001]))
        expectFailure(server, "run the command again")
        #expect(part == Array(body[..<70_011]))
        try fetch(from: server)
        #expect(fetched == body)
        #expect(server.requestedStarts == [0, 70_001, 70_011])
    }

    @Test func aServerWithoutRangesBeginsAfresh() throws {
        let server = TinyServer(body, .closingAfter(70_001), .ignoringRanges)
        expectFailure(server, "run the command again")
        try fetch(from: server)
        #expect(fetched == body)
    }

    @Test func aPartThatIsWholeNeedsNoServer() throws {
        let server = TinyServer(body, .status(500))
        try DurableFolder.create(scratch.file("new/folder"))
        try DurableFile.write(body, to: scratch.file("new/folder/images_background.zip.part"))
        try fetch(from: server)
        #expect(fetched == body)
        #expect(server.requestedStarts.isEmpty)
    }

    @Test(arguments: [true, false]) func aPageIsNoFile(saysSo: Bool) {
        let page = TinyServer([UInt8](repeating: 60, count: 200_000), saysSo ? .page(saysSo: true) : .honest)
        expectFailure(page, "the server sent an HTML page")
        #expect(part == nil)
    }

    @Test func aPageKeepsWhatIsThere() throws {
        let server = TinyServer(body, .closingAfter(70_001), .page(saysSo: true), .page(saysSo: false), .honest)
        expectFailure(server, "run the command again")
        expectFailure(server, "the server sent an HTML page")
        expectFailure(server, "the server offers 16 bytes, not 200000")
        #expect(part?.count == 70_001)
        try fetch(from: server)
        #expect(fetched == body)
    }

    @Test(arguments: [403, 404, 500, 503]) func aRefusalIsNamed(status: Int) {
        expectFailure(TinyServer(body, .status(status)), "status \(status)")
        #expect(part == nil)
    }

    @Test func anotherFileIsRefused() {
        expectFailure(TinyServer(Array(body.dropLast()), .honest), "the server offers 199999 bytes, not 200000")
        expectFailure(TinyServer(body.reversed(), .honest), "its MD5 is")
        #expect(part == nil)
        expectFailure(TinyServer(body, .endless), "more than 200000 bytes")
    }

    @Test func aServerThatGoesOnElsewhereIsRefused() throws {
        let server = TinyServer(body, .closingAfter(70_001), .skippingAByte, .status(416), .honest)
        expectFailure(server, "run the command again")
        expectFailure(server, "not at byte 70001")
        #expect(part?.count == 70_001)
        expectFailure(server, "status 416")
        try fetch(from: server)
        #expect(fetched == body)
        #expect(server.requestedStarts == [0, 70_001, 70_001, 0])
    }

    @Test func noServerIsAnError() throws {
        let download = OmniglotDownload(from: "http://127.0.0.1:1/folder", files: [file])
        #expect(throws: DatasetError.self) { try download.fetch(to: scratch.path) }
        let strange = OmniglotDownload(from: "file:///etc", files: [file])
        let error = #expect(throws: DatasetError.self) { try strange.fetch(to: scratch.path) }
        #expect(error?.description.contains("no address of the web") == true)
    }

    @Test func aFolderThatCannotBeMadeIsAnError() throws {
        try DurableFile.write([1], to: scratch.file("new"))
        let error = #expect(throws: DatasetError.self) { try fetch(from: TinyServer(body, .honest)) }
        guard case .cannotCreate = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }
}
