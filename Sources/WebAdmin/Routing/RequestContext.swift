// One request with everything a route wants to know about it.

import Configuration
import Faults
import JSONText
import Seams

/// A request on its way through the routes.
struct RequestContext: Sendable {
    let exchange: any HTTPExchange
    /// Parts of the path that stand for `{…}` in the route, in order.
    var parameters: [String] = []
    /// Login of the session; empty for open routes without one.
    var login = ""
    /// What the session may do.
    var rights: Set<Right> = []

    var request: HTTPRequest { exchange.request }

    /// Whether the client wants faults by path (our own pages).
    var wantsFaults: Bool { request.header("accept")?.contains("application/vnd.um+json") ?? false }

    /// Russian unless the client prefers English.
    var language: FaultLanguage {
        let wanted = request.header("accept-language")?.lowercased() ?? ""
        return wanted.hasPrefix("en") ? .english : .russian
    }

    /// 31, 40 or nil when the client names none that we speak (api 1.2).
    var dialect: Int? {
        guard let text = request.header("x-protocol-uspd"), let number = Int(text),
            number == 31 || number == 40
        else { return nil }
        return number
    }

    /// Values of all `sessionid` cookies, in order.
    var sessionTokens: [String] {
        request.headers.filter { $0.name == "cookie" }.flatMap { $0.value.split(separator: ";") }.compactMap {
            let pair = $0.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            return pair.count == 2 && pair[0] == "sessionid" ? String(pair[1]) : nil
        }
    }

    /// The body as a JSON object; throws `input.json` when it is none (400).
    func object() throws(Faults) -> JSONValue {
        do throws(JSONTextError) {
            let value = try JSONValue(parsing: request.body)
            if value.members != nil { return value }
        } catch {
            throw Faults([Fault(.inputNotJSON, ["offset": "\(error.offset)", "reason": error.reason])])
        }
        throw Faults([Fault(.inputNotJSON, ["reason": "object"])])
    }

    /// The body of a settings request: absent, an object or a bare list (api 1.7).
    func body() throws(Faults) -> JSONValue? {
        guard request.body.contains(where: { $0 > 32 }) else { return nil }
        do throws(JSONTextError) { return try JSONValue(parsing: request.body) } catch {
            throw Faults([Fault(.inputNotJSON, ["offset": "\(error.offset)", "reason": error.reason])])
        }
    }

    /// The event a stream goes on after: named by the browser when it reconnects by itself, by `after` when a
    /// page opens the stream again.
    var lastEventID: String? {
        request.header("last-event-id") ?? request.query.first { $0.name == "after" }?.value
    }

    /// The revision of `If-Match`; nil when the client does not care.
    var expectedRevision: Int? {
        guard var text = request.header("if-match")?[...] else { return nil }
        if text.hasPrefix("W/") { text = text.dropFirst(2) }
        // A tag that is no revision of ours matches none.
        return text == "*" ? nil : Int(text.filter { $0 != "\"" }) ?? -1
    }

    /// Whether a write comes from a page of another site: browsers say where a page came from (D10).
    var isForeign: Bool {
        if request.header("sec-fetch-site") == "cross-site" { return true }
        guard let origin = request.header("origin") else { return false }
        guard let mark = origin.range(of: "://"), let host = request.header("host") else { return true }
        return origin[mark.upperBound...].lowercased() != host.lowercased()
    }
}

extension String {
    /// The first place of a short text.
    func range(of text: String) -> Range<String.Index>? {
        guard let first = text.first else { return nil }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first) {
            if self[found...].hasPrefix(text) { return found..<index(found, offsetBy: text.count) }
            start = index(after: found)
        }
        return nil
    }
}
