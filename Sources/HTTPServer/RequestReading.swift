// From evhttp's record of a request to the value of the seam: percent-decoding once, lower-case names, no
// surprises in the path.

import CEvent
import Seams

/// Reads requests.
enum RequestReading {
    /// The request, or nil when its target is not acceptable (bad percent sign, NUL, dot segments, no UTF-8).
    static func request(
        _ pending: UnsafeMutablePointer<evhttp_request>, peer: String, isSecure: Bool
    ) -> HTTPRequest? {
        guard let target = evhttp_request_get_uri(pending), let method = method(pending) else { return nil }
        let parts = String(cString: target).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = decode(parts[0], plusIsBlank: false), path.hasPrefix("/"),
            !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }),
            let query = parts.count == 2 ? query(parts[1]) : []
        else { return nil }
        return HTTPRequest(
            method: method, path: path, query: query, headers: headers(pending), body: body(pending),
            peer: peer, isSecure: isSecure)
    }

    private static func query(_ text: Substring) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(sides[0], plusIsBlank: true),
                let value = sides.count == 2 ? decode(sides[1], plusIsBlank: true) : ""
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    private static func method(_ pending: UnsafeMutablePointer<evhttp_request>) -> String? {
        switch evhttp_request_get_command(pending) {
        case EVHTTP_REQ_GET: "GET"
        case EVHTTP_REQ_POST: "POST"
        case EVHTTP_REQ_HEAD: "HEAD"
        case EVHTTP_REQ_PUT: "PUT"
        case EVHTTP_REQ_DELETE: "DELETE"
        case EVHTTP_REQ_OPTIONS: "OPTIONS"
        case EVHTTP_REQ_PATCH: "PATCH"
        default: nil
        }
    }

    private static func headers(
        _ pending: UnsafeMutablePointer<evhttp_request>
    ) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var next = evhttp_request_get_input_headers(pending)?.pointee.tqh_first
        while let field = next {
            if let key = field.pointee.key, let value = field.pointee.value {
                found.append((String(cString: key).lowercased(), String(cString: value)))
            }
            next = field.pointee.next.tqe_next
        }
        return found
    }

    private static func body(_ pending: UnsafeMutablePointer<evhttp_request>) -> [UInt8] {
        guard let buffer = evhttp_request_get_input_buffer(pending) else { return [] }
        let count = evbuffer_get_length(buffer)
        guard count > 0 else { return [] }
        var octets = [UInt8](repeating: 0, count: count)
        let copied = evbuffer_copyout(buffer, &octets, count)
        return Array(octets.prefix(max(copied, 0)))
    }

    /// Percent-decodes; nil for a malformed sequence, a control character or text that is not UTF-8.
    static func decode(_ text: some StringProtocol, plusIsBlank: Bool) -> String? {
        var octets: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let octet = rest.next() {
            if octet == 37 {
                guard let high = rest.next().flatMap(nibble), let low = rest.next().flatMap(nibble) else {
                    return nil
                }
                octets.append(high << 4 | low)
            } else {
                octets.append(plusIsBlank && octet == 43 ? 32 : octet)
            }
        }
        guard !octets.contains(where: { $0 < 32 || $0 == 127 }) else { return nil }
        return String(validating: octets, as: UTF8.self)
    }

    private static func nibble(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 48...57: octet - 48
        case 65...70: octet - 55
        case 97...102: octet - 87
        default: nil
        }
    }
}
