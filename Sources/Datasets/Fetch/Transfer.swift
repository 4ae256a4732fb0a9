// One file over HTTP, from where an earlier transfer stopped.

import CCurl
import Glibc

/// Receives one file into its part. Used from one thread.
final class Transfer {
    private let address: String
    private let byteCount: Int
    private let part: PartFile
    private let patience: Double
    private let progress: (Int) -> Void
    private var session: UnsafeMutableRawPointer?
    /// Whether the server's answer has been looked at.
    private var hasBegun = false
    /// The first failure: those that follow come of it.
    private var failure: DatasetError?

    /// Makes the transfer of the file of `byteCount` bytes at `address` into `part`; it gives up after `patience`
    /// seconds of silence.
    init(_ address: String, byteCount: Int, into part: PartFile, patience: Double, progress: @escaping (Int) -> Void) {
        (self.address, self.byteCount, self.part) = (address, byteCount, part)
        (self.patience, self.progress) = (patience, progress)
    }

    /// Waits until the part has all bytes.
    ///
    /// Throws `transferFailed` where the server cannot be reached, refuses or breaks off, `wrongContent` where it sends
    /// something else, `writeFailed` where the part cannot be written.
    func run() throws(DatasetError) {
        guard address.hasPrefix("http://") || address.hasPrefix("https://") else {
            throw .transferFailed(address: address, reason: "this is no address of the web")
        }
        guard let session = curl_easy_init() else {
            throw .transferFailed(address: address, reason: "libcurl cannot start")
        }
        self.session = session
        defer { curl_easy_cleanup(session) }
        let status = prepare() ?? withExtendedLifetime(self) { curl_easy_perform(session) }
        // Where nothing was sent, the answer has not been looked at.
        if status == CURLE_OK { _ = attempt { () throws(DatasetError) in try receive([]) } }
        if let failure { throw failure }
        // That bytes are missing is said in our own words, with their number.
        guard status == CURLE_OK || status == CURLE_PARTIAL_FILE else {
            throw .transferFailed(address: address, reason: String(cString: curl_easy_strerror(status)).lowercasedFirst)
        }
        if part.byteCount < byteCount {
            let reason = "the connection ended after \(part.byteCount) of \(byteCount) bytes"
            throw .transferFailed(address: address, reason: reason)
        }
    }

    /// Says what is wanted, and where it goes; returns what libcurl refused.
    private func prepare() -> CURLcode? {
        let seconds = max(1, Int(patience))
        let numbers = [
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_FOLLOWLOCATION, 1), (CURLOPT_CONNECTTIMEOUT, seconds),
            (CURLOPT_LOW_SPEED_LIMIT, 1), (CURLOPT_LOW_SPEED_TIME, seconds),
        ]
        var texts = [(CURLOPT_URL, address), (CURLOPT_PROTOCOLS_STR, "http,https")]
        // A libcurl from Debian looks only where Debian has them.
        let authorities = [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        ]
        if let file = authorities.first(where: { access($0, R_OK) == 0 }) { texts.append((CURLOPT_CAINFO, file)) }
        if part.byteCount > 0 { texts.append((CURLOPT_RANGE, "\(part.byteCount)-")) }
        let receiving = curl_set_receiver(
            session,
            { bytes, size, count, transfer in
                let transfer = Unmanaged<Transfer>.fromOpaque(transfer!).takeUnretainedValue()
                let received = Array(UnsafeRawBufferPointer(start: bytes, count: size * count))
                // Any other number than that of the bytes ends the transfer.
                return transfer.attempt { () throws(DatasetError) in try transfer.receive(received) } ? size * count : 0
            }, Unmanaged.passUnretained(self).toOpaque())
        let statuses =
            numbers.map { curl_set_number(session, $0, $1) } + texts.map { curl_set_text(session, $0, $1) } + [
                receiving
            ]
        return statuses.first { $0 != CURLE_OK }
    }

    /// Checks what the server says that it will send.
    private func begin() throws(DatasetError) {
        let status = curl_number(session, CURLINFO_RESPONSE_CODE)
        let type = curl_text(session, CURLINFO_CONTENT_TYPE).map { String(cString: $0) } ?? ""
        if type.lowercased().hasPrefix("text/html"), status < 300 {
            throw .wrongContent(address: address, reason: "the server sent an HTML page")
        }
        let start: Int
        switch status {
        case 200: start = 0
        case 206:
            start = part.byteCount
            let range = curl_header_text(session, "Content-Range").map { String(cString: $0) } ?? ""
            guard range.hasPrefix("bytes \(start)-") else {
                let reason = "the server went on at '\(range)', not at byte \(start)"
                throw .transferFailed(address: address, reason: reason)
            }
        default:
            // What is there may be no beginning of this file: the next transfer starts afresh.
            if status == 416 { try part.clear() }
            throw .transferFailed(address: address, reason: "the server answered with status \(status)")
        }
        let offered = Int(curl_offered_bytes(session))
        if offered >= 0, start + offered != byteCount {
            let size = "\(start + offered) bytes, not \(byteCount)"
            throw .wrongContent(address: address, reason: "the server offers \(size)")
        }
        if start == 0 { try part.clear() }
    }

    private func receive(_ bytes: [UInt8]) throws(DatasetError) {
        if !hasBegun {
            hasBegun = true
            try begin()
        }
        if part.byteCount == 0, bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") {
            throw .wrongContent(address: address, reason: "the server sent an HTML page")
        }
        guard part.byteCount + bytes.count <= byteCount else {
            throw .wrongContent(address: address, reason: "the server sends more than \(byteCount) bytes")
        }
        try part.append(bytes)
        progress(part.byteCount)
    }

    /// Whether `body` succeeds; after a failure nothing is tried any more.
    private func attempt(_ body: () throws(DatasetError) -> Void) -> Bool {
        if failure != nil { return false }
        do throws(DatasetError) {
            try body()
            return true
        } catch {
            failure = error
            return false
        }
    }
}

extension String {
    /// With a small letter at its start, but for an acronym.
    fileprivate var lowercasedFirst: String {
        dropFirst().first?.isLowercase == true ? prefix(1).lowercased() + dropFirst() : self
    }
}
