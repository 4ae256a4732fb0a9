// An HTTP server on the loopback that sends one body, and can be told to misbehave.

import Foundation
import Glibc
import Synchronization

/// Answers every GET with `body` or, when asked to, with part of it.
final class TinyServer: Sendable {
    /// How the server answers.
    enum Manner: Sendable {
        /// With what is asked for.
        case honest
        /// With all of the body, whatever part is asked for.
        case ignoringRanges
        /// As if more were coming, but closing after so many bytes of the body.
        case closingAfter(Int)
        /// With a page that explains something to people; with or without saying that it is one.
        case page(saysSo: Bool)
        /// With a status of its own.
        case status(Int)
        /// With the next byte after the one that is asked for.
        case skippingAByte
        /// With more than the body, without a word on its length.
        case endless
    }

    let port: UInt16
    private let listener: Int32
    private let body: [UInt8]
    private let manners: Mutex<[Manner]>
    private let requested = Mutex<[String]>([])

    /// Serves `body`; the n-th answer is given in the n-th manner, and all that follow in the last.
    init(_ body: [UInt8], _ manners: Manner...) {
        self.body = body
        self.manners = Mutex(manners.reversed())
        (listener, port) = Self.listen()
        // A thread of its own, since tests that wait may hold all of the system's pool. It closes the socket: closed by
        // another, its number could be that of the next server's by the time that this thread accepts again.
        Thread.detachNewThread { [weak self, listener] in
            while case let connection = accept(listener, nil, nil), connection >= 0 { self?.answer(connection) }
            close(listener)
        }
    }

    /// A socket on a free port of the loopback.
    private static func listen() -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && Glibc.listen(listener, 4) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        precondition(bound, "TinyServer: no socket, errno \(errno)")
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// The address of the folder that the server pretends to have.
    var address: String { "http://127.0.0.1:\(port)/folder" }

    /// From which byte on each request asked, in order; 0 for the whole.
    var requestedStarts: [Int] {
        requested.withLock { $0.map { Self.start(of: $0) ?? 0 } }
    }

    private static func start(of request: String) -> Int? {
        guard let range = request.split(separator: "\r\n").first(where: { $0.hasPrefix("Range: bytes=") }) else {
            return nil
        }
        return Int(range.dropFirst(13).dropLast())
    }

    private func answer(_ connection: Int32) {
        defer { close(connection) }
        var request: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = read(connection, &piece, piece.count)
            if count <= 0 { return }
            request += piece[..<count]
        }
        let text = String(decoding: request, as: UTF8.self)
        requested.withLock { $0.append(text) }
        let manner = manners.withLock { $0.count > 1 ? $0.removeLast() : $0[0] }
        send(response(to: Self.start(of: text), manner), to: connection)
    }

    private func response(to start: Int?, _ manner: Manner) -> [UInt8] {
        switch manner {
        case .honest: part(from: start)
        case .ignoringRanges: part(from: nil)
        case .closingAfter(let count): part(from: start).dropLast(body.count - (start ?? 0) - count)
        case .page(let saysSo):
            message("200 OK", Array("\n<!DOCTYPE html>".utf8), saysSo ? ["Content-Type: text/html; charset=utf-8"] : [])
        case .status(let status): message("\(status) No", Array("no".utf8))
        case .skippingAByte: part(from: (start ?? 0) + 1)
        case .endless: Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + body + body
        }
    }

    private func part(from start: Int?) -> [UInt8] {
        guard let start else { return message("200 OK", body) }
        let range = "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"
        return message("206 Partial Content", Array(body[start...]), [range])
    }

    private func message(_ status: String, _ body: [UInt8], _ headers: [String] = []) -> [UInt8] {
        let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.count)", "Connection: close"] + headers
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }

    private func send(_ bytes: [UInt8], to connection: Int32) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            offset += count
        }
    }
}
