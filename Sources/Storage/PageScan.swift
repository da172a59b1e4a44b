// Rows of a damaged database read off its pages, whatever the tree above them has become: leaf and interior
// pages of index b-trees, where WITHOUT ROWID tables live, are decoded cell by cell
// (sqlite.org/fileformat2.html). The last resort of a repair; a page that is not what it should be yields
// nothing.

import Glibc

/// One value of a record.
package enum PageValue: Sendable, Hashable {
    /// NULL.
    case null
    /// An integer.
    case integer(Int64)
    /// A text.
    case text(String)
}

/// Reads the pages of a database file one after the other.
package final class PageScan {
    private let descriptor: Int32
    private let pageSize: Int
    /// Octets of a page that hold content.
    private let usableSize: Int
    /// Pages in the file.
    package let pageCount: Int

    /// Opens a file; nil when it cannot be read. The page size is taken from the header or, when that makes
    /// no sense, is the usual one.
    package init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var header = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &header, 100, 0)
        let told = count == 100 ? Int(header[16]) << 8 | Int(header[17]) : 0
        let isSound = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768].contains(told)
        pageSize = isSound ? told : 4_096
        usableSize = pageSize - (isSound ? Int(header[20]) : 0)
        var information = stat()
        fstat(descriptor, &information)
        pageCount = Int(information.st_size) / pageSize
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The records of page `number`, counted from 1; empty for pages of other kinds and for noise. Records
    /// that spill over to other pages are left out.
    package func records(ofPage number: Int) -> [[PageValue]] {
        var page = [UInt8](repeating: 0, count: pageSize)
        guard number > 1, pread(descriptor, &page, pageSize, off_t(number - 1) * off_t(pageSize)) == pageSize
        else { return [] }
        // 10 is an index leaf, 2 an index interior page, whose cells begin with a page number.
        guard page[0] == 10 || page[0] == 2 else { return [] }
        let (head, skipped) = page[0] == 10 ? (8, 0) : (12, 4)
        let cells = Int(page[3]) << 8 | Int(page[4])
        guard head + cells * 2 <= usableSize else { return [] }
        let largest = (usableSize - 12) * 64 / 255 - 23
        var found: [[PageValue]] = []
        for cell in 0..<cells {
            var place = Int(page[head + cell * 2]) << 8 | Int(page[head + cell * 2 + 1])
            place += skipped
            guard let length = PageScan.varint(page, &place), length > 0, length <= largest,
                place + Int(length) <= usableSize,
                let record = PageScan.record(page[place..<(place + Int(length))])
            else { continue }
            found.append(record)
        }
        return found
    }

    /// A record: its header's length, a type for each column, the values.
    private static func record(_ octets: ArraySlice<UInt8>) -> [PageValue]? {
        let content = Array(octets)
        var place = 0
        guard let headLength = varint(content, &place), headLength <= content.count else { return nil }
        var values: [PageValue] = []
        var body = Int(headLength)
        while place < Int(headLength) {
            guard let type = varint(content, &place), let value = value(type, content, &body) else {
                return nil
            }
            values.append(value)
        }
        return body == content.count ? values : nil
    }

    private static func value(_ type: Int64, _ content: [UInt8], _ place: inout Int) -> PageValue? {
        let lengths = [0, 1, 2, 3, 4, 6, 8]
        switch type {
        case 0: return .null
        case 8, 9: return .integer(type - 8)
        case 1...6:
            let length = lengths[Int(type)]
            guard place + length <= content.count else { return nil }
            var number = content[place] & 0x80 == 0 ? Int64(0) : -1
            for octet in content[place..<(place + length)] { number = number << 8 | Int64(octet) }
            place += length
            return .integer(number)
        case 13...:
            guard type & 1 == 1, (type - 13) / 2 <= content.count - place else { return nil }
            let length = Int(type - 13) / 2
            defer { place += length }
            return .text(String(decoding: content[place..<(place + length)], as: UTF8.self))
        default: return nil
        }
    }

    /// A big-endian number of seven bits an octet, at most nine octets.
    private static func varint(_ octets: [UInt8], _ place: inout Int) -> Int64? {
        var number: UInt64 = 0
        for index in 0..<9 {
            guard place < octets.count else { return nil }
            let octet = octets[place]
            place += 1
            if index == 8 { return Int64(bitPattern: number << 8 | UInt64(octet)) }
            number = number << 7 | UInt64(octet & 0x7F)
            if octet & 0x80 == 0 { return Int64(bitPattern: number) }
        }
        return nil
    }
}
