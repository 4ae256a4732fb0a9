// Bytes between host and device, and from buffer to buffer.

import COpenCL

extension Queue {
    /// Copies `bytes` to `buffer` from byte `offset` on; they may be changed when this returns.
    package func write(
        _ bytes: UnsafeRawBufferPointer, to buffer: Buffer, at offset: Int = 0, during intent: @autoclosure () -> String
    ) throws(OpenCLError) {
        buffer.checkRange(offset, bytes.count, "write, \(intent())")
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
        _ = try command("clEnqueueWriteBuffer", false, during: intent()) {
            clEnqueueWriteBuffer(handle, buffer.handle, cl_bool(1), offset, bytes.count, address, 0, nil, $0)
        }
    }

    /// Fills `bytes` from `buffer`, from its byte `offset` on, after all that was put in before.
    package func read(
        _ buffer: Buffer, at offset: Int = 0, into bytes: UnsafeMutableRawBufferPointer,
        during intent: @autoclosure () -> String
    ) throws(OpenCLError) {
        buffer.checkRange(offset, bytes.count, "read, \(intent())")
        guard let address = bytes.baseAddress, !bytes.isEmpty else { return }
        _ = try command("clEnqueueReadBuffer", false, during: intent()) {
            clEnqueueReadBuffer(handle, buffer.handle, cl_bool(1), offset, bytes.count, address, 0, nil, $0)
        }
    }

    /// Puts in a copy of `bytes` of `memory` to the start of `buffer`; the memory must live, and stay as it is, until
    /// that is done.
    package func write(
        _ bytes: Range<Int>, of memory: StagingMemory, to buffer: Buffer, profile: Bool = false,
        during intent: @autoclosure () -> String
    ) throws(OpenCLError) -> Event? {
        buffer.checkRange(0, bytes.count, "write, \(intent())")
        let source = memory.bytes(bytes)
        return try command("clEnqueueWriteBuffer", profile, during: intent()) {
            clEnqueueWriteBuffer(handle, buffer.handle, cl_bool(0), 0, source.count, source.baseAddress!, 0, nil, $0)
        }
    }

    /// Puts in a copy of the start of `buffer` to `bytes` of `memory`, which must live until that is done.
    package func read(
        _ buffer: Buffer, to bytes: Range<Int>, of memory: StagingMemory, profile: Bool = false,
        during intent: @autoclosure () -> String
    ) throws(OpenCLError) -> Event? {
        buffer.checkRange(0, bytes.count, "read, \(intent())")
        let target = memory.bytes(bytes)
        return try command("clEnqueueReadBuffer", profile, during: intent()) {
            clEnqueueReadBuffer(handle, buffer.handle, cl_bool(0), 0, target.count, target.baseAddress!, 0, nil, $0)
        }
    }

    /// Puts in a copy of `byteCount` bytes between two buffers, or between two places of one that do not overlap.
    @discardableResult
    package func copy(
        _ source: Buffer, from sourceOffset: Int = 0, to target: Buffer, at targetOffset: Int = 0, byteCount: Int,
        profile: Bool = false, during intent: @autoclosure () -> String
    ) throws(OpenCLError) -> Event? {
        source.checkRange(sourceOffset, byteCount, "copy, \(intent())")
        target.checkRange(targetOffset, byteCount, "copy, \(intent())")
        guard byteCount > 0 else { return nil }
        return try command("clEnqueueCopyBuffer", profile, during: intent()) {
            clEnqueueCopyBuffer(
                handle, source.handle, target.handle, sourceOffset, targetOffset, byteCount, 0, nil, $0)
        }
    }

    /// Puts in a fill of a range of `buffer` with one byte; without `byteCount`, to its end.
    @discardableResult
    package func fill(
        _ buffer: Buffer, with byte: UInt8, at offset: Int = 0, byteCount: Int? = nil, profile: Bool = false,
        during intent: @autoclosure () -> String
    ) throws(OpenCLError) -> Event? {
        let byteCount = byteCount ?? buffer.byteCount - offset
        buffer.checkRange(offset, byteCount, "fill, \(intent())")
        guard byteCount > 0 else { return nil }
        // oclgrind counts memory as written only where one write gave all of it; to it each word of a fill is a write.
        if context.device.type == .simulator {
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
            defer { bytes.deallocate() }
            bytes.initializeMemory(as: UInt8.self, repeating: byte)
            try write(UnsafeRawBufferPointer(bytes), to: buffer, at: offset, during: intent())
            return nil
        }
        // The widest pattern that divides the range: drivers fill word by word.
        let width = [16, 4].first { offset % $0 == 0 && byteCount % $0 == 0 } ?? 1
        let pattern = [UInt8](repeating: byte, count: width)
        return try command("clEnqueueFillBuffer", profile, during: intent()) {
            clEnqueueFillBuffer(handle, buffer.handle, pattern, width, offset, byteCount, 0, nil, $0)
        }
    }
}
