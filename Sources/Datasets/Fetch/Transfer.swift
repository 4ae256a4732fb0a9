// One file over HTTP, from where an earlier transfer stopped.

import Foundation
import FoundationNetworking
import Synchronization

/// Receives one file into its part.
final class Transfer: NSObject, URLSessionDataDelegate {
    private let address: String
    private let byteCount: Int
    private let part: PartFile
    private let patience: Double
    private let progress: @Sendable (Int) -> Void
    private let failure = Mutex<DatasetError?>(nil)
    private let done = DispatchSemaphore(value: 0)

    /// Makes the transfer of the file of `byteCount` bytes at `address` into `part`; it gives up after `patience`
    /// seconds of silence.
    init(
        _ address: String, byteCount: Int, into part: PartFile, patience: Double,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        (self.address, self.byteCount, self.part) = (address, byteCount, part)
        (self.patience, self.progress) = (patience, progress)
    }

    /// Waits until the part has all bytes.
    ///
    /// Throws `transferFailed` where the server cannot be reached, refuses or breaks off, `wrongContent` where it sends
    /// something else, `writeFailed` where the part cannot be written.
    func run() throws(DatasetError) {
        guard let url = URL(string: address), url.scheme == "http" || url.scheme == "https" else {
            throw .transferFailed(address: address, reason: "this is no address of the web")
        }
        var request = URLRequest(url: url, timeoutInterval: patience)
        // The bytes of the file, not of some encoding of it: a place in the file must mean what it says.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if part.byteCount > 0 { request.setValue("bytes=\(part.byteCount)-", forHTTPHeaderField: "Range") }
        let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        done.wait()
        session.finishTasksAndInvalidate()
        if let failure = failure.withLock({ $0 }) { throw failure }
        if part.byteCount < byteCount {
            let reason = "the connection ended after \(part.byteCount) of \(byteCount) bytes"
            throw .transferFailed(address: address, reason: reason)
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        let accepted = attempt { () throws(DatasetError) in try begin(response) }
        completionHandler(accepted ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let accepted = attempt { () throws(DatasetError) in try receive([UInt8](data)) }
        if !accepted { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            fail(.transferFailed(address: address, reason: error.localizedDescription.lowercasedFirst))
        }
        done.signal()
    }

    /// Checks what the server says that it will send.
    private func begin(_ response: URLResponse) throws(DatasetError) {
        guard let response = response as? HTTPURLResponse else { return }
        func header(_ name: String) -> String { response.value(forHTTPHeaderField: name) ?? "" }
        if header("Content-Type").lowercased().hasPrefix("text/html"), response.statusCode < 300 {
            throw .wrongContent(address: address, reason: "the server sent an HTML page")
        }
        let start: Int
        switch response.statusCode {
        case 200: start = 0
        case 206:
            start = part.byteCount
            guard header("Content-Range").hasPrefix("bytes \(start)-") else {
                let reason = "the server went on at '\(header("Content-Range"))', not at byte \(start)"
                throw .transferFailed(address: address, reason: reason)
            }
        case let status:
            // What is there may be no beginning of this file: the next transfer starts afresh.
            if status == 416 { try part.clear() }
            throw .transferFailed(address: address, reason: "the server answered with status \(status)")
        }
        let offered = response.expectedContentLength
        if offered >= 0, Int64(start) + offered != Int64(byteCount) {
            let size = "\(Int64(start) + offered) bytes, not \(byteCount)"
            throw .wrongContent(address: address, reason: "the server offers \(size)")
        }
        if start == 0 { try part.clear() }
    }

    private func receive(_ bytes: [UInt8]) throws(DatasetError) {
        if part.byteCount == 0, bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
            throw .wrongContent(address: address, reason: "the server sent an HTML page")
        }
        guard part.byteCount + bytes.count <= byteCount else {
            throw .wrongContent(address: address, reason: "the server sends more than \(byteCount) bytes")
        }
        try part.append(bytes)
        progress(part.byteCount)
    }

    /// Whether `body` succeeds; after a failure nothing is tried any more, whatever the session still delivers.
    private func attempt(_ body: () throws(DatasetError) -> Void) -> Bool {
        if failure.withLock({ $0 != nil }) { return false }
        do throws(DatasetError) {
            try body()
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Keeps the first failure: those that follow come of it.
    private func fail(_ error: DatasetError) {
        failure.withLock { $0 = $0 ?? error }
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
