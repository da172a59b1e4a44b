// The words after a status code, as the status line and old clients want them (api 1.6).

/// Reason phrases.
enum ReasonPhrase {
    /// `Not Found` for 404.
    static func text(_ status: Int) -> String { phrases[status] ?? "Status" }

    private static let phrases: [Int: String] = [
        200: "OK", 202: "Accepted", 204: "No Content", 302: "Found", 303: "See Other", 304: "Not Modified",
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed",
        406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict", 412: "Precondition Failed",
        413: "Payload Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        422: "Unprocessable Entity", 423: "Locked", 429: "Too Many Requests", 500: "Internal Server Error",
        501: "Not Implemented", 503: "Service Unavailable",
    ]
}
