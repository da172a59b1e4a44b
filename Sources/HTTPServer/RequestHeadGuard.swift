// What evhttp lets through and must not: a machine that sees the raw octets of a request's head before evhttp
// does (RFC 9112). It knows neither sockets nor libevent; `ServerConnection` feeds it.
//
//     state        octets                         becomes
//     waiting      CR LF (an old client's habit)  waiting
//     waiting      any other octet                requestLine
//     requestLine  line                           fields, or refused
//     fields       line                           fields, or refused
//     fields       empty line                     complete, or refused (Host, lengths)
//     complete, refused                           stay until `reset`

/// Why a request head is not acceptable.
package enum HeadRefusal: Error, Sendable, Hashable {
    /// An octet below 32 that is no tab, or DEL.
    case controlCharacter
    /// A line that does not end with CR LF.
    case bareLineFeed
    /// No method, target and version.
    case requestLine
    /// A field's name is no token, or is followed by a blank.
    case fieldName
    /// A field that goes on in the next line.
    case folding
    /// Not one plain number.
    case contentLength
    /// A coding other than chunked, or beside a length.
    case transferCoding
    /// None, or more than one.
    case host
    /// More than a hundred.
    case tooManyFields
    /// Longer than the bound.
    case tooLarge
}

/// Checks one request head after the other.
package struct RequestHeadGuard: Sendable {
    /// Where in a head the guard is.
    package enum State: Sendable, Hashable {
        /// Before the first octet.
        case waiting
        /// In its first line.
        case requestLine
        /// In the lines after it.
        case fields
        /// It is over and acceptable.
        case complete
        /// It is not acceptable.
        case refused(HeadRefusal)
    }

    /// Where in a head the guard is.
    package private(set) var state = State.waiting
    private var line: [UInt8] = []
    private var octetCount = 0
    private var fieldCount = 0
    private var hosts = 0
    private var lengths = 0
    private var codings = 0
    private var needsHost = false
    private let maximumOctets: Int

    /// A guard for heads of at most `maximumOctets`.
    package init(maximumOctets: Int) { self.maximumOctets = maximumOctets }

    /// Whether a request has begun and its head is not complete.
    var isInHead: Bool { state == .requestLine || state == .fields }

    /// Begins with the next request.
    mutating func reset() { self = RequestHeadGuard(maximumOctets: maximumOctets) }

    /// Looks at octets in order of arrival; returns when they end or the head has ended.
    package mutating func take(_ octets: some Sequence<UInt8>) {
        for octet in octets {
            switch state {
            case .complete, .refused: return
            case .waiting where octet == 13 || octet == 10: continue
            case .waiting: state = .requestLine
            case .requestLine, .fields: break
            }
            octetCount += 1
            guard octetCount <= maximumOctets else { return refuse(.tooLarge) }
            guard octet == 10 else {
                line.append(octet)
                continue
            }
            guard line.last == 13 else { return refuse(.bareLineFeed) }
            line.removeLast()
            lineEnded()
            line.removeAll(keepingCapacity: true)
        }
    }

    private mutating func refuse(_ reason: HeadRefusal) { state = .refused(reason) }

    private mutating func lineEnded() {
        // CR inside a line, NUL and the other controls never belong into a head; HT may stand in a value.
        if line.contains(where: { $0 < 32 && $0 != 9 || $0 == 127 }) { return refuse(.controlCharacter) }
        if state == .requestLine { return requestLineEnded() }
        if line.isEmpty { return headEnded() }
        fieldEnded()
    }

    private mutating func requestLineEnded() {
        let parts = line.split(separator: 32, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(RequestHeadGuard.isTokenOctet),
            parts[1].first == 47, !parts[1].contains(9)
        else { return refuse(.requestLine) }
        switch String(decoding: parts[2], as: UTF8.self) {
        case "HTTP/1.1": needsHost = true
        case "HTTP/1.0": needsHost = false
        default: return refuse(.requestLine)
        }
        state = .fields
    }

    private mutating func fieldEnded() {
        fieldCount += 1
        guard fieldCount <= 100 else { return refuse(.tooManyFields) }
        guard line.first != 32, line.first != 9 else { return refuse(.folding) }
        guard let colon = line.firstIndex(of: 58), colon > 0,
            line[..<colon].allSatisfy(RequestHeadGuard.isTokenOctet)
        else { return refuse(.fieldName) }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 32 || first == 9 { value = value.dropFirst() }
        while let last = value.last, last == 32 || last == 9 { value = value.dropLast() }
        checkField(String(decoding: line[..<colon], as: UTF8.self).lowercased(), value)
    }

    private mutating func checkField(_ name: String, _ value: ArraySlice<UInt8>) {
        switch name {
        case "host":
            hosts += 1
            guard value.allSatisfy(RequestHeadGuard.isHostOctet) else { return refuse(.host) }
        case "content-length":
            lengths += 1
            guard !value.isEmpty, value.count <= 15, value.allSatisfy({ (48...57).contains($0) }) else {
                return refuse(.contentLength)
            }
        case "transfer-encoding":
            codings += 1
            guard String(decoding: value, as: UTF8.self).lowercased() == "chunked" else {
                return refuse(.transferCoding)
            }
        default: break
        }
    }

    private mutating func headEnded() {
        // A client that says its length twice, or in two ways, may be using us against somebody behind us.
        guard lengths <= 1 else { return refuse(.contentLength) }
        guard codings <= 1, codings == 0 || lengths == 0 else { return refuse(.transferCoding) }
        guard hosts <= 1, hosts == 1 || !needsHost else { return refuse(.host) }
        state = .complete
    }

    /// `tchar` of RFC 9110, 5.6.2.
    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122: true
        case 33, 35, 36, 37, 38, 39, 42, 43, 45, 46, 94, 95, 96, 124, 126: true
        default: false
        }
    }

    /// Letters, digits and what names, addresses and ports are made of.
    private static func isHostOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122, 45, 46, 58, 91, 93, 95: true
        default: false
        }
    }
}
