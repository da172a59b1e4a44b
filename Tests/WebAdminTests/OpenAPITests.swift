import Testing

@testable import WebAdmin

#if canImport(Glibc)
    import Glibc
#endif

/// `www/api/openapi.yaml` against the table of routes. Only its outline is read: a path at two blanks, a
/// method at four, `x-um-extension: true` at six.
@Suite struct OpenAPITests {
    private struct Operation: Hashable, Comparable, CustomStringConvertible {
        let method: String
        let path: String
        var description: String { method + " " + path }
        static func < (left: Self, right: Self) -> Bool {
            (left.path, left.method) < (right.path, right.method)
        }
    }

    private func document() throws -> [Operation: Bool] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/www/api/openapi.yaml", "r"))
        defer { fclose(file) }
        var found: [Operation: Bool] = [:]
        var path = ""
        var current: Operation?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            let text = String(cString: line).split(separator: "\n").first.map(String.init) ?? ""
            let blanks = text.prefix { $0 == " " }.count
            let word = text.dropFirst(blanks)
            if blanks == 2, word.hasPrefix("/") {
                path = String(word.dropLast())
            } else if blanks == 4, ["get:", "post:", "put:", "delete:"].contains(word) {
                let operation = Operation(method: word.dropLast().uppercased(), path: path)
                current = operation
                found[operation] = false
            } else if blanks == 6, word == "x-um-extension: true", let current {
                found[current] = true
            }
        }
        return found
    }

    @Test func everyRouteIsDocumentedAndEveryDocumentedRouteIsThere() throws {
        let documented = Set(try document().keys)
        let routed = Set(WebAdmin.routes.map { Operation(method: $0.method, path: $0.path) })
        #expect(documented.subtracting(routed).sorted() == [])
        #expect(routed.subtracting(documented).sorted() == [])
    }

    @Test func noRouteIsThereTwice() {
        let routed = WebAdmin.routes.map { Operation(method: $0.method, path: $0.path) }
        #expect(Set(routed).count == routed.count)
    }

    @Test func ourAdditionsAreMarkedAndTheVendorsPathsAreNot() throws {
        let ours = [
            "/auth/", "/jobs", "/events", "/settings/changes", "/settings/preview", "/settings/revisions",
            "/settings/lines", "/settings/site", "/settings/archive", "/state/meters", "/state/mqtt",
            "/state/contacts", "/state/push", "/state/servers", "/action/transit/",
            "/meter/data/gaps", "/spreadsheet", "/state/completeness", "/state/archive", "/archive/",
            "/state/alarms", "/state/lines", "/action/lines/", "/action/alarms",
        ]
        for (operation, isMarked) in try document() {
            let isOurs = ours.contains { operation.path.hasPrefix($0) } || operation.path.hasSuffix("/reveal")
            #expect(isMarked == isOurs, "\(operation)")
        }
    }
}
