// One HTTP exchange as the web admin sees it. `HTTPServer` implements it over evhttp; tests implement it in
// memory.

/// A complete request; the body is bounded by the door.
package struct HTTPRequest: Sendable {
    /// `GET`, `POST`, `PUT`, `DELETE`…
    package var method: String
    /// Path, percent-decoded once, beginning with `/`, without query.
    package var path: String
    /// Query parameters in order, percent-decoded.
    package var query: [(name: String, value: String)]
    /// Headers in order, names in lower case.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]
    /// Address of the client, without port.
    package var peer: String
    /// Whether it came through TLS.
    package var isSecure: Bool

    /// A request.
    package init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], peer: String = "127.0.0.1",
        isSecure: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
        self.isSecure = isSecure
    }

    /// The first header of a lower-case name.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A complete answer.
package struct HTTPResponse: Sendable {
    /// Status code.
    package var status: Int
    /// Headers; Content-Length is the door's.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Thrown when the client has left during a streamed answer.
package struct HTTPClientGone: Error, Sendable {
    /// The client has left.
    package init() {}
}

/// One request and the way to answer it. Exactly one of `respond` or `start`…`finish` must be used.
package protocol HTTPExchange: Sendable {
    /// What was asked.
    var request: HTTPRequest { get }
    /// Answers at once.
    func respond(_ response: HTTPResponse) async
    /// Begins a streamed answer (chunked).
    func start(status: Int, headers: [(name: String, value: String)]) async throws(HTTPClientGone)
    /// Sends a piece; waits while more than 256 KiB are unsent (D3). Throws when the client has left.
    func send(_ piece: [UInt8]) async throws(HTTPClientGone)
    /// Ends a streamed answer.
    func finish() async
}

/// Whoever answers requests.
package protocol HTTPHandler: Sendable {
    /// Answers one exchange; must not throw and must always finish it.
    func handle(_ exchange: any HTTPExchange) async
}
