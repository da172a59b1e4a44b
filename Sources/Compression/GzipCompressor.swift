// gzip members (RFC 1952) for payloads («JSON-zip») and for static pages. Deterministic: no time, no name,
// always the same octets for the same input, so that an ETag and a golden file stay true.

import CZlib
import Seams

/// Compresses by zlib at its best level.
package struct GzipCompressor: Compressor {
    private let level: Int32

    /// A compressor of `level` 1 (quick) … 9 (small).
    package init(level: Int = 9) { self.level = Int32(level) }

    /// A gzip member holding `octets`.
    package func gzip(_ octets: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        // 15 + 16: the largest window, gzip header; zlib writes mtime 0 and no name unless told otherwise.
        let version = ZLIB_VERSION
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return GzipCompressor.stored(octets) }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(octets.count))))
        let count = octets.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                // zlib takes a mutable pointer but does not write through it.
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }
        return count > 0 ? Array(output.prefix(count)) : GzipCompressor.stored(octets)
    }

    /// A member of stored blocks, for the case that zlib finds no memory: larger, but always true.
    static func stored(_ octets: [UInt8]) -> [UInt8] {
        var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var start = 0
        repeat {
            let end = min(start + 65_535, octets.count)
            let count = UInt16(end - start)
            member.append(end == octets.count ? 1 : 0)
            member += littleEndian(count) + littleEndian(~count) + octets[start..<end]
            start = end
        } while start < octets.count
        let checksum = octets.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        return member + littleEndian(UInt32(checksum))
            + littleEndian(UInt32(truncatingIfNeeded: octets.count))
    }

    private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}
